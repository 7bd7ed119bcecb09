import { describe, expect, it } from 'vitest';
import { serverPayloads, type ServerEvent } from './server.js';

const id = (letter: string) => letter + 'A'.repeat(22);
const [channelId, messageId, userId] = [id('c'), '3f2b8a52-7d1c-4b7e-9d7a-0c1d2e3f4a5b', id('u')];
const cursor = { channelId, seq: 9, position: 7, readPosition: 5, unread: 2, mentions: 0 };
const message = {
  id: id('m'),
  messageId,
  channelId,
  seq: 2,
  version: 2,
  position: 1,
  senderId: userId,
  text: null,
  unreadable: true,
  threadId: id('m'),
  replyCount: 0,
  reactions: { '👍': 2 },
  mentions: [userId],
  clientTs: 0,
  createdAt: 0,
  editedAt: null,
  deletedAt: 1,
};
const change = { seq: 3, kind: 'role', actorId: userId, userId, role: 'moderator', at: 0 };
const channel = {
  id: channelId,
  type: 'dm',
  name: null,
  description: null,
  createdBy: userId,
  isArchived: false,
  memberCount: 2,
  seq: 1,
  position: 0,
  createdAt: 0,
};

const examples: Record<ServerEvent, object> = {
  'connection.ready': {
    userId,
    sessionId: id('s'),
    connectionId: 'x',
    epoch: 'e',
    serverTs: 0,
    heartbeatMs: 25_000,
    degraded: true,
    channels: [cursor],
  },
  'channels.more': { channels: [cursor], hasMore: false },
  pong: { serverTs: 0 },
  'message.ack': { messageId, id: id('m') },
  'message.result': { changeId: messageId, channelId, id: id('m'), status: 'failed', code: 'NOT_FOUND', message: 'no' },
  'message.new': message,
  'message.updated': { channelId, seq: 3, position: 1, id: id('m'), text: 'new', mentions: [userId], editedAt: 0 },
  'message.deleted': { channelId, seq: 3, position: 1, id: id('m'), deletedAt: 0 },
  'message.reactions': {
    channelId,
    seq: 3,
    position: 1,
    id: id('m'),
    reactions: { '👍': 1 },
    userId,
    emoji: '👍',
    added: true,
  },
  'receipt.read': { channelId, userId, position: 7, readAt: 0 },
  'channel.changed': { channelId, from: 3, seq: 3, changes: [change] },
  'channel.joined': channel,
  'channel.left': { channelId, seq: 4 },
  'user.changed': { userId },
  notification: { id: id('n'), type: 'mention', data: { channelId, seq: 2 }, createdAt: 1 },
  'notifications.read': { id: id('n'), until: 1 },
  'sync.changes': { channelId, from: 0, to: 3, head: 9, events: [{ event: 'message.new', payload: {} }] },
  'sync.done': { channelId, to: 9, complete: true },
  typing: { channelId, userId, isTyping: true },
  'presence.snapshot': { users: [{ userId, status: 'away', lastSeenAt: null }] },
  'presence.changed': { userId, status: 'offline', lastSeenAt: 5 },
  'session.expiring': { expiresAt: 1 },
  slow_down: { retryAfterMs: 1_000 },
  'connection.closing': { reason: 'drain', reconnectAfterMs: 500 },
  error: { code: 'RATE_LIMIT_EXCEEDED', message: 'x', details: [1], retryAfterMs: 5 },
};

describe.each(Object.entries(examples))('%s', (event, example) => {
  const schema = serverPayloads[event as ServerEvent];

  it('says what it should, as JSON', () => {
    expect(schema.parse(JSON.parse(JSON.stringify(example)))).toEqual(example);
  });

  it('says nothing else, and nothing of another type', () => {
    expect(schema.safeParse({ ...example, extra: 1 }).success).toBe(false);
    for (const field of Object.keys(example)) {
      if (field === 'details') continue;
      expect(schema.safeParse({ ...example, [field]: { a: () => 1 } }).success, field).toBe(false);
    }
  });
});
