import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { memoryOf, type Memory } from '../lib/inspected.js';

interface Options {
  url: string;
  /** One for each connection. */
  tokens: readonly string[];
  /** Of the server's inspector. */
  port: number;
  /** How long connections lie idle before the server is looked at. */
  settleMs: number;
}

/** Bytes that one connection takes. */
export interface Held {
  /** Resident memory above the process that never had a connection. */
  rss: number;
  /** Of the second half alone: without what the first ones make a process load and compile. */
  rssOfSecondHalf: number;
  /** JavaScript objects, and what they hold outside the heap. */
  heap: number;
}

/** Connects, lets all lie idle, and reads what the server holds: before, with half of them, and with all. */
export async function hold({ url, tokens, port, settleMs }: Options): Promise<Held> {
  const clients = fork(fileURLToPath(new URL('clients.js', import.meta.url)));
  const ended = once(clients, 'exit').then(() => Promise.reject(new Error('the clients were not let in')));
  ended.catch(() => undefined); // of an end of ours nobody has to hear
  const half = tokens.length / 2;
  const connect = async (some: readonly string[]): Promise<Memory> => {
    clients.send({ url, tokens: some });
    await Promise.race([once(clients, 'message'), ended]);
    await wait(settleMs);
    return memoryOf(port);
  };
  try {
    const empty = await memoryOf(port);
    const halfway = await connect(tokens.slice(0, half));
    const full = await connect(tokens.slice(half));
    return {
      rss: (full.rss - empty.rss) / tokens.length,
      rssOfSecondHalf: (full.rss - halfway.rss) / half,
      heap: (full.heapUsed + full.external - empty.heapUsed - empty.external) / tokens.length,
    };
  } finally {
    clients.kill('SIGKILL');
  }
}
