import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startChild, temporaryDirectory } from '@storm/devstack/testing';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A gateway in a process of its own, from `dist`: its event loop is not the test's. */
export interface GatewayProcess {
  readonly port: number;
  /** All that it has logged. */
  log(): string;
  stop(): Promise<void>;
}

export async function startGatewayProcess(env: Record<string, string>): Promise<GatewayProcess> {
  const directory = temporaryDirectory();
  const logFile = join(directory.path, 'log');
  const port = await freePort();
  const child = await startChild({
    name: 'gateway',
    command: process.execPath,
    args: [main],
    env: { ...process.env, ...env, PORT: String(port) },
    logFile,
  });
  const stop = async () => {
    await child.stop();
    directory.remove();
  };
  await child
    .ready(async () => (await fetch(`http://127.0.0.1:${port}/readiness`)).ok)
    .catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  return {
    port,
    log: () => readFileSync(logFile, 'utf8'),
    stop,
  };
}
