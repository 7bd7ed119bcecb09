import { closeCodes } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from './connection/connection.js';

/** When each of `count` clients should come back: evenly over the window, with jitter, so that no herd meets the others. */
export const reconnectDelays = (count: number, windowMs: number, random: () => number = Math.random): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(((i + random()) / count) * windowMs));

interface Options {
  connections: ReadonlySet<Connection>;
  windowMs: number;
  /** Resolves when nothing that was taken in still waits for its job. */
  taken: () => Promise<void>;
}

/** How long the acks of what was just sent may hold up the close, in milliseconds. */
const acksMs = 1_000;

/** Sends all clients away, each with its own delay; those that do not leave within the window are cut off. */
export async function drain({ connections, windowMs, taken }: Options): Promise<void> {
  const leaving = [...connections];
  const delays = reconnectDelays(leaving.length, windowMs);
  leaving.forEach((connection, i) => {
    connection.send('connection.closing', { reason: 'the gateway is stopping', reconnectAfterMs: delays[i] ?? 0 });
  });
  await Promise.race([taken(), delay(Math.min(acksMs, windowMs), undefined, { ref: false })]);
  for (const connection of leaving) connection.close(closeCodes.goingAway, 'the gateway is stopping');
}
