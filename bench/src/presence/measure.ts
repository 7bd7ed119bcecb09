import { fileURLToPath } from 'node:url';
import { CountingProcesses } from '../lib/counting-processes.js';
import { cpuMs } from '../lib/cpu.js';

interface Options {
  url: string;
  /** One for each watcher. */
  tokens: readonly string[];
  watched: readonly string[];
  serverPid: number;
  /** Of those whose cost must not depend on who watches. */
  otherPids?: readonly number[];
  /** Begins to make changes, so many a second, until the returned function is called. */
  change: () => Promise<() => void>;
  changesPerSecond: number;
  warmUpMs: number;
  measureMs: number;
}

export interface Cost {
  /** Milliseconds until all watch whom they want to. */
  subscribedMs: number;
  deliveriesPerSecond: number;
  /** Microseconds of the server's CPU. */
  cpuPerDelivery: number;
  /** Microseconds of CPU of the others, for one change. */
  othersPerChange: number;
}

/** What a change costs the process that brings it to those who watch. */
export async function measureChanges(options: Options): Promise<Cost> {
  const { url, tokens, watched, serverPid, otherPids = [], change, changesPerSecond, warmUpMs, measureMs } = options;
  const clients = new CountingProcesses(fileURLToPath(new URL('clients.js', import.meta.url)), 1);
  try {
    const from = performance.now();
    await clients.start(() => ({ url, tokens, watched }));
    const subscribedMs = performance.now() - from;
    const stop = await change();
    const before = cpuMs(otherPids);
    const { perSecond, cpuEach } = await clients.measure({ serverPid, warmUpMs, measureMs });
    const others = (cpuMs(otherPids) - before) * 1_000;
    stop();
    const changes = (changesPerSecond * (warmUpMs + measureMs)) / 1_000;
    return { subscribedMs, deliveriesPerSecond: perSecond, cpuPerDelivery: cpuEach, othersPerChange: others / changes };
  } finally {
    clients.end();
  }
}
