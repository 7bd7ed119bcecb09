import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { startMongo } from '../mongo/start.js';
import { sayOnTerminal } from '../process/say.js';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { startRedis } from '../redis/start.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    'redis-port': { type: 'string' },
    'mongo-port': { type: 'string' },
    maxmemory: { type: 'string' },
  },
});
const port = (name: 'redis-port' | 'mongo-port') => (values[name] ? { port: Number(values[name]) } : {});
const say = sayOnTerminal();
const temporary = values.data === undefined ? temporaryDirectory('storm-infra-') : undefined;
const data = values.data ?? temporary?.path ?? '';

const redis = await startRedis({ dir: join(data, 'redis'), maxmemory: values.maxmemory ?? '2gb', say, ...port('redis-port') });
const mongo = await startMongo({ dir: join(data, 'mongo'), say, ...port('mongo-port') });
say(`Redis and MongoDB are up, their data in ${data}; Ctrl-C ends them`);
process.stdout.write(`${JSON.stringify({ redis: redis.url, mongo: mongo.url })}\n`);

const stop = () => void Promise.all([redis.stop(), mongo.stop()]).then(() => temporary?.remove());
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
