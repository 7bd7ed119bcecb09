import type { Answer } from '@storm/shared/contracts';
import type { MessageState, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import type { OpenEvent } from './channel.js';

/**
 * What a worker says of the changes since `since`, as the live frames that were missed, ascending. A message that is both
 * new and deleted since comes as two, so that the `seq`s stay dense; its first frame has its state of now, which is no harm,
 * but for its replies: each of them comes, too.
 */
export function eventsOf(channelId: string, since: number, { messages, system }: Answer<'changes'>): OpenEvent[] {
  const events = messages.flatMap((message) => [...created(message, since), ...deleted(message, since)]);
  for (const change of system) {
    const { seq } = change;
    events.push(event(seq, 'channel.changed', { channelId, from: seq, seq, changes: [change] }));
  }
  return events.sort((a, b) => a.seq - b.seq);
}

/** Are all changes of `(since, to]` among these? An edit or a reaction is in no answer, only what its message is now. */
export const tellAll = (events: readonly OpenEvent[], since: number, to: number): boolean =>
  new Set(events.map(({ seq }) => seq).filter((seq) => seq <= to)).size === to - since;

const created = (message: MessageState, since: number): OpenEvent[] =>
  message.seq > since ? [event(message.seq, 'message.new', { ...message, replyCount: 0 })] : [];

function deleted({ channelId, id, position, version, seq, deletedAt }: MessageState, since: number): OpenEvent[] {
  if (deletedAt === null || version <= Math.max(since, seq)) return [];
  return [event(version, 'message.deleted', { channelId, seq: version, position, id, deletedAt })];
}

const event = <E extends ServerEvent>(seq: number, name: E, payload: ServerPayload<E>): OpenEvent => ({
  from: seq,
  seq,
  text: Buffer.from(JSON.stringify({ event: name, payload })),
});
