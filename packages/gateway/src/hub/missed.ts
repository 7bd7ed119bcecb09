import type { Asker } from '@storm/shared/node';
import type { OpenEvent } from './channel.js';

/** The events of a channel above `since`, from the worker: those that no recent log has any more. As many as fit an answer. */
export async function readMissed(channelId: string, since: number, asker: Pick<Asker, 'ask'>): Promise<OpenEvent[]> {
  const { events } = await asker.ask({ kind: 'events', channelId, since });
  return events.map(({ from, seq, frame }) => ({ from, seq, text: Buffer.from(frame) }));
}
