import { randomUUID } from 'node:crypto';
import { password, type Account } from './rig.js';

/** A valid request of an operation, as a starting point for invalid ones. */
export interface Sample {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
}

export interface Scene {
  account: Account;
  other: Account;
  channelId: string;
  messageId: string;
}

/** One for every operation, by method and path. */
export function samples({ account, other, channelId, messageId }: Scene): Record<string, Sample> {
  const channel = { params: { channelId } };
  const member = { params: { channelId, userId: other.user.id } };
  const message = { params: { channelId, messageId } };
  const reaction = { params: { channelId, messageId, emoji: '👍' } };
  const list = { cursor: 'x', limit: '10' };
  return {
    'post /auth/register': { body: { username: 'sample_user', email: 'sample@example.org', password, device: 'x' } },
    'post /auth/login': { body: { email: 'a@example.org', username: account.user.username, password, device: 'x' } },
    'post /auth/login/second-factor': { body: { challenge: 'x.y.z', code: '123456', device: 'phone' } },
    'post /auth/login/second-factor/enrol': { body: { challenge: 'x.y.z' } },
    'post /auth/login/second-factor/confirm': { body: { challenge: 'x.y.z', code: '123456', device: 'phone' } },
    'get /auth/second-factor': {},
    'post /auth/second-factor': {},
    'post /auth/second-factor/confirm': { body: { code: '123456' } },
    'delete /auth/second-factor': { body: { code: '123456', password } },
    'post /auth/second-factor/recovery-codes': { body: { code: '123456' } },
    'delete /users/:userId/second-factor': { params: { userId: other.user.id } },
    'post /auth/refresh': { body: { refreshToken: 'x' } },
    'post /auth/logout': {},
    'post /auth/logout-all': {},
    'post /auth/ws-ticket': {},
    'get /auth/sessions': {},
    'delete /auth/sessions/:sessionId': { params: { sessionId: `s${'A'.repeat(22)}` } },
    'get /auth/profile': {},
    'get /users/me': {},
    'patch /users/me': { body: { displayName: 'Sam', username: 'sample_name' } },
    'put /users/me/password': { body: { currentPassword: 'x', newPassword: 'Battery-staple-2' } },
    'get /users/search': { query: { q: 'a', limit: '10' } },
    'get /users': { query: { ids: other.user.id, isActive: 'true', ...list } },
    'get /users/:userId': { params: { userId: other.user.id } },
    'patch /users/:userId': { params: { userId: other.user.id }, body: { displayName: 'Otto', role: 'member', isActive: true } },
    'delete /users/:userId': { params: { userId: other.user.id } },
    'delete /users/:userId/sessions': { params: { userId: other.user.id } },
    'post /channels': { body: { type: 'private', name: 'a room', description: 'x' } },
    'get /channels': { query: { scope: 'mine', ...list } },
    'get /channels/:channelId': channel,
    'patch /channels/:channelId': { ...channel, body: { name: 'a room', description: 'x' } },
    'delete /channels/:channelId': channel,
    'post /channels/:channelId/join': channel,
    'post /channels/:channelId/leave': channel,
    'post /dms': { body: { userId: other.user.id } },
    'put /channels/:channelId/read': { ...channel, body: { position: 1 } },
    'get /channels/:channelId/receipts': { ...channel, query: list },
    'get /channels/:channelId/members': { ...channel, query: list },
    'get /channels/:channelId/presence': { ...channel, query: list },
    'post /channels/:channelId/members': { ...channel, body: { userId: other.user.id, role: 'member' } },
    'patch /channels/:channelId/members/:userId': { ...member, body: { role: 'member' } },
    'delete /channels/:channelId/members/:userId': member,
    'post /channels/:channelId/messages': {
      ...channel,
      body: { messageId: randomUUID(), text: 'x', clientTs: 0, threadId: messageId },
    },
    'get /channels/:channelId/messages': {
      ...channel,
      query: { before: '1', after: '1', around: '1', system: 'true', limit: '10' },
    },
    'get /channels/:channelId/messages/:messageId': message,
    'delete /channels/:channelId/messages/:messageId': message,
    'patch /channels/:channelId/messages/:messageId': { ...message, body: { text: 'another' } },
    'put /channels/:channelId/messages/:messageId/reactions/:emoji': reaction,
    'delete /channels/:channelId/messages/:messageId/reactions/:emoji': reaction,
    'get /channels/:channelId/messages/:messageId/replies': { ...message, query: list },
    'post /notifications': {
      query: { cursor: 'x' },
      body: {
        key: 'sample:1',
        type: 'sample',
        data: { id: 'x', more: { n: 1 } },
        userIds: [other.user.id],
        role: 'member',
        all: true,
        expiresAt: '2100-01-01T00:00:00Z',
      },
    },
    'get /notifications': { query: { unread: 'true', ...list } },
    'put /notifications/read': { body: { until: '2026-01-01T00:00:00Z' } },
    'put /notifications/:notificationId/read': { params: { notificationId: `n${'A'.repeat(22)}` } },
    'post /admin/channels/:channelId/erase': channel,
    'get /admin/dead-letters': { query: list },
    'post /admin/dead-letters/:digest/replay': { params: { digest: 'A'.repeat(43) } },
    'delete /admin/dead-letters/:digest': { params: { digest: 'A'.repeat(43) } },
    'get /admin/audit': {
      query: { actor: account.user.id, action: 'login', from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z', ...list },
    },
    'post /admin/service-keys': {
      body: {
        name: 'a program',
        scopes: ['messages:send', 'act-as'],
        actsFor: [other.user.id],
        expiresAt: '2100-01-01T00:00:00Z',
      },
    },
    'get /admin/service-keys': { query: list },
    'delete /admin/service-keys/:keyId': { params: { keyId: `k${'A'.repeat(22)}` } },
    'get /channels/:channelId/changes': { ...channel, query: { since: '0', epoch: 'x' } },
  };
}
