import type { MessageState, SystemChange } from '@storm/shared/protocol';
import { serverPayloads } from '@storm/shared/protocol';
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { eventsOf } from './catch-up.js';

const channelId = `c${'A'.repeat(22)}`;
const userId = `u${'A'.repeat(22)}`;

const message = (seq: number, version: number, deletedAt: number | null = null): MessageState => ({
  id: `m${'A'.repeat(22)}`,
  messageId: randomUUID(),
  channelId,
  seq,
  version,
  position: seq,
  senderId: userId,
  text: deletedAt === null ? 'text' : null,
  threadId: null,
  replyCount: 0,
  reactions: {},
  mentions: [],
  clientTs: 1,
  createdAt: 1,
  editedAt: null,
  deletedAt,
});
const joined = (seq: number): SystemChange => ({ seq, kind: 'joined', actorId: userId, userId, role: 'member', at: 1 });

function frames(since: number, messages: MessageState[], system: SystemChange[] = []) {
  const answer = { from: since, to: 20, head: { seq: 20, position: 20 }, messages, system };
  return eventsOf(channelId, since, answer).map(({ seq, text }) => {
    const { event, payload } = JSON.parse(text.toString()) as { event: keyof typeof serverPayloads; payload: { seq: number } };
    serverPayloads[event].parse(payload);
    expect(payload.seq).toBe(seq);
    return [event, seq];
  });
}

it('tells what is new, what was deleted and who came, by seq', () => {
  expect(frames(10, [message(3, 14, 1), message(11, 11), message(12, 12)], [joined(13)])).toEqual([
    ['message.new', 11],
    ['message.new', 12],
    ['channel.changed', 13],
    ['message.deleted', 14],
  ]);
});

it('tells a new message without its replies, which come after it', () => {
  const answer = {
    from: 10,
    to: 12,
    head: { seq: 12, position: 12 },
    messages: [{ ...message(11, 11), replyCount: 1 }],
    system: [],
  };
  const [event] = eventsOf(channelId, 10, answer);
  expect(JSON.parse(event?.text.toString() ?? '')).toMatchObject({ event: 'message.new', payload: { seq: 11, replyCount: 0 } });
});

it('tells both of a message that came and was deleted meanwhile', () => {
  expect(frames(10, [message(11, 12, 1)])).toEqual([
    ['message.new', 11],
    ['message.deleted', 12],
  ]);
});
