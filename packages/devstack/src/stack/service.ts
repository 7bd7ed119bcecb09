import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from '../process/child.js';
import { Supervised } from '../process/supervised.js';
import type { Say } from '../process/say.js';
import type { ServiceName } from './options.js';

export interface ServiceOptions {
  name: ServiceName;
  /** From 0. */
  index: number;
  port: number;
  env: Record<string, string>;
  logs: string;
  say: Say;
  onChange: () => void;
}

/** One of the services as a process of its own, started again when it dies. */
export interface Service {
  readonly name: ServiceName;
  /** Base URL of `/health`, `/readiness` and `/metrics`, and of all else that it serves. */
  readonly url: string;
  readonly process: Supervised<Child>;
}

/** A service may take this long to be ready, a database of its own being made. */
const readyMs = 60_000;
/** Longer than a service's own deadline (`SHUTDOWN_DEADLINE_MS`). */
const stopMs = 20_000;

export function createService({ name, index, port, env, logs, say, onChange }: ServiceOptions): Service {
  const url = `http://127.0.0.1:${port}`;
  const label = `${name} ${index + 1}`;
  const main = fileURLToPath(new URL(`../../../${name}/dist/main.js`, import.meta.url));

  async function start(): Promise<Child> {
    const child = await startChild({
      name: label,
      command: process.execPath,
      args: ['--enable-source-maps', main],
      env: { ...process.env, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port), ...env },
      logFile: join(logs, `${name}-${index + 1}.log`),
    });
    try {
      await child.ready(() => isReady(url), readyMs);
    } catch (error) {
      await child.kill();
      throw error;
    }
    return { ...child, stop: (options) => child.stop({ deadlineMs: stopMs, ...options }) };
  }

  return { name, url, process: new Supervised({ name: label, start, say, onChange }) };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readiness`, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}
