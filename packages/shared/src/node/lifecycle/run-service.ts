import { inspect } from 'node:util';
import { EnvError } from '../env/read-env.js';
import type { Logger } from '../log/logger.js';

export interface Service {
  log: Logger;
  /** How long `stop` may take, in milliseconds, before the process ends anyway. */
  deadlineMs: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs a service for the life of the process: SIGTERM or SIGINT stops it in order, and the process then ends by running
 * dry, with exit code 0; past the deadline it is ended with exit code 1, as it is when a stop or start fails, or an exception
 * is uncaught. A wrong environment ends it with one line that names the variable.
 */
export async function runService(name: string, create: () => Service | Promise<Service>): Promise<void> {
  let service: Service;
  try {
    service = await create();
  } catch (error) {
    process.stderr.write(`${name} can't start: ${error instanceof EnvError ? error.message : inspect(error)}\n`);
    process.exit(1); // what `create` opened before it failed would keep the process
  }
  const { log } = service;

  let stopping = false;
  const stop = (why: string, code: number): void => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => {
      log.error('the deadline passed before everything was released');
      process.exit(1);
    }, service.deadlineMs).unref();
    Promise.resolve()
      .then(() => service.stop())
      .then(
        () => {
          log.info('stopped');
          process.exitCode ??= code;
        },
        (error: unknown) => {
          log.error({ err: error }, 'did not stop in order');
          process.exit(1);
        },
      );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal, 0));
  // A bug: what the process holds in memory can't be trusted any more.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught');
    process.exitCode = 1;
    stop('uncaught', 1);
  });

  try {
    await service.start();
    if (!stopping) log.info('started');
  } catch (error) {
    if (stopping) return; // the stop took away what the start was waiting for
    log.fatal({ err: error }, 'could not start');
    process.exitCode = 1;
    stop('failed start', 1);
  }
}
