import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuMs } from '../lib/cpu.js';

export interface Figures {
  deliveriesPerSecond: number;
  /** User and system time of the server under test for one delivery, in microseconds. */
  cpuPerDelivery: number;
}

interface Options {
  kind: 'storm' | 'socket.io';
  url: string;
  /** One for each subscriber. */
  tokens: readonly string[];
  processes: number;
  serverPid: number;
  /** Keeps messages under way until the returned function is called. */
  send: () => Promise<() => void>;
  warmUpMs: number;
  measureMs: number;
}

/** Connects subscribers, keeps messages coming, and reads what arrives and what the server's process spends on it. */
export async function measureFanOut({
  kind,
  url,
  tokens,
  processes,
  serverPid,
  send,
  warmUpMs,
  measureMs,
}: Options): Promise<Figures> {
  const program = fileURLToPath(new URL('clients.js', import.meta.url));
  const share = Math.ceil(tokens.length / processes);
  const clients = Array.from({ length: processes }, () => fork(program));
  try {
    await Promise.all(
      clients.map(async (client, i) => {
        client.send({ kind, url, tokens: tokens.slice(i * share, (i + 1) * share) });
        await once(client, 'message');
      }),
    );
    const stop = await send();
    await wait(warmUpMs);
    const [count, cpu, from] = [await total(clients), cpuMs([serverPid]), performance.now()];
    await wait(measureMs);
    const [deliveries, spent, took] = [(await total(clients)) - count, cpuMs([serverPid]) - cpu, performance.now() - from];
    stop();
    return { deliveriesPerSecond: (deliveries / took) * 1_000, cpuPerDelivery: (spent / deliveries) * 1_000 };
  } finally {
    for (const client of clients) client.kill('SIGKILL');
  }
}

async function total(clients: readonly ChildProcess[]): Promise<number> {
  const counts = await Promise.all(
    clients.map(async (client) => {
      client.send('count');
      const [count] = (await once(client, 'message')) as [number];
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
