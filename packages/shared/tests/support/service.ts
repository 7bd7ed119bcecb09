// A service as a process of its own, that behaves as its first argument says; see `run-service.test.ts`.
import { createServer } from 'node:net';
import { EnvError } from '../../src/node/env/read-env.js';
import { runService, type Service } from '../../src/node/lifecycle/run-service.js';
import { createLogger } from '../../src/node/log/logger.js';

const server = createServer();
const forEver = new Promise<never>(() => undefined);
const listen = () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
const fail = (message: string) => Promise.reject(new Error(message));
const soon = (work: () => void) => void setTimeout(work, 20);

const log = createLogger('fixture', 'info');
const ordinary: Service = { log, deadlineMs: 5_000, start: listen, stop: close };
let overtake: (error: Error) => void = () => undefined;

const behaviours: Record<string, () => Service | Promise<Service>> = {
  ordinary: () => ordinary,
  'stops slowly': () => ({
    ...ordinary,
    stop: () => new Promise((resolve) => setTimeout(() => void close().then(resolve), 300)),
  }),
  'never stops': () => ({ ...ordinary, deadlineMs: 200, stop: () => forEver }),
  'leaves something open': () => ({ ...ordinary, deadlineMs: 200, stop: () => Promise.resolve() }),
  'fails to stop': () => ({ ...ordinary, stop: () => fail('no stop') }),
  'throws in stop': () => ({
    ...ordinary,
    stop() {
      throw new Error('no stop');
    },
  }),
  'fails to start': () => ({ ...ordinary, start: () => listen().then(() => fail('no start')) }),
  'has a wrong environment': () => {
    setInterval(() => undefined, 1_000);
    throw new EnvError('REDIS_URL: is missing');
  },
  'can not be made': async () => {
    await listen();
    throw new Error('no service');
  },
  'throws later': () => ({
    ...ordinary,
    start: () =>
      listen().then(() =>
        soon(() => {
          throw new Error('a bug');
        }),
      ),
  }),
  'rejects later': () => ({ ...ordinary, start: () => listen().then(() => soon(() => void fail('a bug'))) }),
  'starts for long': () => ({
    ...ordinary,
    start: () => {
      log.info('starting');
      return listen().then(() => new Promise<void>((_, reject) => (overtake = reject)));
    },
    stop: () => {
      overtake(new Error('the connection was closed'));
      return close();
    },
  }),
};

const behaviour = behaviours[process.argv[2] ?? ''];
if (!behaviour) throw new Error('no such behaviour');
await runService('fixture', behaviour);
