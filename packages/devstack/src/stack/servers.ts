import { join } from 'node:path';
import { startMongo } from '../mongo/start.js';
import type { MongoServer } from '../mongo/server.js';
import { freePort } from '../process/free-port.js';
import { Supervised } from '../process/supervised.js';
import type { Say } from '../process/say.js';
import { startRedis, type RedisServer } from '../redis/start.js';
import type { DataDirectory } from './data-directory.js';

export interface Servers {
  redisUrl: string;
  mongoUrl: string;
  /** Undefined when it is somebody else's. */
  redis: Supervised<RedisServer> | undefined;
  mongo: Supervised<MongoServer> | undefined;
}

export interface ServersOptions {
  data: DataDirectory;
  external: { redis?: string | undefined; mongo?: string | undefined };
  redisConfig: Readonly<Record<string, string>>;
  say: Say;
  onChange: () => void;
}

/** The Redis and the MongoDB of a stack, to be started; each keeps its port from life to life. */
export async function createServers({ data, external, redisConfig, say, onChange }: ServersOptions): Promise<Servers> {
  const [redisPort, mongoPort] = [await freePort(), await freePort()];
  const redis = () =>
    startRedis({ dir: data.redis, port: redisPort, config: redisConfig, logFile: join(data.logs, 'redis.log'), say });
  const mongo = () => startMongo({ dir: data.mongo, port: mongoPort, logFile: join(data.logs, 'mongo.log'), say });
  return {
    redisUrl: external.redis ?? `redis://127.0.0.1:${redisPort}`,
    mongoUrl: external.mongo ?? `mongodb://127.0.0.1:${mongoPort}/`,
    redis: external.redis ? undefined : new Supervised({ name: 'Redis', start: redis, say, onChange }),
    mongo: external.mongo ? undefined : new Supervised({ name: 'MongoDB', start: mongo, say, onChange }),
  };
}
