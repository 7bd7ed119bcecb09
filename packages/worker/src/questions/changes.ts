import type { Answer, Question } from '@storm/shared/contracts';
import { limits, type MessageState, type SystemChange } from '@storm/shared/protocol';
import type { TimelineRow } from '@storm/store';
import { systemChange } from '../events/frames.js';
import type { QuestionContext } from './context.js';
import { checkReader, readable } from './readable.js';

/** What happened after `since`: the current state of each message touched, once, and the system rows; the range it covers. */
export async function answerChanges(
  { channelId, userId, since }: Question & { kind: 'changes' },
  context: QuestionContext,
): Promise<Answer<'changes'>> {
  await checkReader(channelId, userId, context);
  const head = (await context.heads.of([channelId])).get(channelId) ?? { seq: 0, position: 0 };
  const rows =
    since < head.seq
      ? await context.store.timeline.rowsInRange(channelId, since, Math.min(head.seq, since + limits.syncChanges))
      : [];
  const touched = [...new Set(rows.map(positionOf).filter((position) => position !== undefined))];
  const stored = await context.store.timeline.messagesAt(channelId, touched);
  const messages = await readable(channelId, stored, context, { readerId: userId, upTo: head.position });
  return { from: since, ...fit(rows, messages, since), head };
}

const positionOf = (row: TimelineRow): number | undefined =>
  row.kind === 'message' ? row.position : 'target' in row ? row.target : undefined;

/** As many rows, in order, as fit with the messages that they touch, and at least one: `to` is the last of them. */
export function fit(
  rows: readonly TimelineRow[],
  messages: readonly MessageState[],
  since: number,
  bytes: number = limits.answerBytes,
): { to: number; messages: MessageState[]; system: SystemChange[] } {
  const byPosition = new Map(messages.map((message) => [message.position, message]));
  const included = new Set<MessageState>();
  const system: SystemChange[] = [];
  let room = bytes;
  let to = since;
  for (const row of rows) {
    const position = positionOf(row);
    const message = position === undefined ? undefined : byPosition.get(position);
    const item = row.kind === 'system' ? systemChange(row) : message && !included.has(message) ? message : undefined;
    if (item) room -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (room < 0 && to > since) break;
    if (row.kind === 'system') system.push(systemChange(row));
    else if (message) included.add(message);
    to = row.seq;
  }
  return { to, messages: [...included].sort((a, b) => a.position - b.position), system };
}
