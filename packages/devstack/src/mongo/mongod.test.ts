import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { freePort } from '../process/free-port.js';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { testMongoUrl } from '../testing/env.js';
import { startMongod } from './mongod.js';
import { pingMongo } from './ping.js';

const directory = temporaryDirectory();
const place = { dir: directory.path, logFile: join(directory.path, 'mongo.log') };
afterAll(() => directory.remove());

/** Takes a mongod's arguments and has the tests' MongoDB answer on its port, so that this runs where no mongod can be had. */
const command = join(directory.path, 'the-mongod');
writeFileSync(
  command,
  `#!${process.execPath}
const { connect, createServer } = require('node:net');
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
require('node:fs').accessSync(option('--dbpath'));
const { hostname, port } = new URL(${JSON.stringify(testMongoUrl())});
const server = createServer((client) => client.on('error', () => {}).pipe(connect(port, hostname).on('error', () => {})).pipe(client));
server.listen(Number(option('--port')), option('--bind_ip'), () => console.log('listening'));
process.on('SIGTERM', () => (console.log('in order'), process.exit(0)));
`,
  { mode: 0o755 },
);

it('starts a mongod on its own folder and port and ends it in order', async () => {
  const mongod = await startMongod({ command, ...place, port: await freePort() });
  expect(await pingMongo(mongod.url)).toBe(true);
  await mongod.stop();
  expect(await pingMongo(mongod.url)).toBe(false);
  expect(readFileSync(mongod.logFile, 'utf8')).toBe('listening\nin order\n');
});

it('crashes it without a word', async () => {
  const mongod = await startMongod({ command, ...place, port: await freePort() });
  await mongod.crash();
  expect(readFileSync(mongod.logFile, 'utf8')).toMatch(/listening\n$/);
});

it('shows the end of the log when it does not start', async () => {
  await expect(startMongod({ command: 'false', ...place, port: await freePort() })).rejects.toThrow('mongod ended (exit code 1)');
});
