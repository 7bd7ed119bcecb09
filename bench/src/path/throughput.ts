import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { benchSocket, isEvent } from '../lib/bench-socket.js';
import type { Person } from '../lib/people.js';

interface Options {
  url: string;
  /** Each sends into its own channels by turns, over one connection. */
  senders: readonly { person: Person; channels: readonly string[] }[];
  /** Sends of one connection without a verdict. */
  window: number;
  warmUpMs: number;
  measureMs: number;
  text: string;
}

/** Persisted messages per second: verdicts are counted, so that nothing is counted that MongoDB does not have. */
export async function throughput({ url, senders, window, warmUpMs, measureMs, text }: Options): Promise<number> {
  let persisted = 0;
  let refused = 0;
  let running = true;
  const sockets = await Promise.all(
    senders.map(async ({ person, channels }) => {
      let next = 0;
      const send = () => {
        const payload = { messageId: randomUUID(), channelId: channels[next++ % channels.length], text, clientTs: Date.now() };
        socket.send(JSON.stringify({ event: 'message.send', payload }));
      };
      const socket = await benchSocket(url, person.token, (frame) => {
        if (isEvent(frame, 'message.result')) {
          if (frame.indexOf('"status":"persisted"', 0, 'latin1') >= 0) persisted++;
          if (running) send();
        } else if (isEvent(frame, 'error')) {
          refused++;
          if (running) setTimeout(send, 100);
        }
      });
      for (let i = 0; i < window; i++) send();
      return socket;
    }),
  );
  await wait(warmUpMs);
  const [before, from] = [persisted, performance.now()];
  await wait(measureMs);
  const rate = ((persisted - before) / (performance.now() - from)) * 1_000;
  running = false;
  await wait(500);
  for (const socket of sockets) socket.close();
  if (refused > 0) process.stdout.write(`  (${refused} sends were refused and sent again)\n`);
  return rate;
}
