import { fileURLToPath } from 'node:url';
import { CountingProcesses, type Figures } from '../lib/counting-processes.js';

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

/** Connects subscribers, keeps messages coming, and reads what arrives and what the server's process spends on a delivery. */
export async function measureFanOut({ kind, url, tokens, processes, send, ...measurement }: Options): Promise<Figures> {
  const share = Math.ceil(tokens.length / processes);
  const clients = new CountingProcesses(fileURLToPath(new URL('clients.js', import.meta.url)), processes);
  try {
    await clients.start((i) => ({ kind, url, tokens: tokens.slice(i * share, (i + 1) * share) }));
    const stop = await send();
    const figures = await clients.measure(measurement);
    stop();
    return figures;
  } finally {
    clients.end();
  }
}
