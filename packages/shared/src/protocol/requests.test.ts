import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ChannelCreate, ChannelName, ChannelUpdate, DirectMessage, MemberAdd, MemberUpdate } from './channels.js';
import { ClientFrame, clientPayloads, isClientEvent } from './frames/client.js';
import { limits } from './limits.js';
import { MessageSend, PageQuery } from './messages.js';
import { NotificationSend } from './notifications.js';
import { ServiceKeyCreate } from './service-keys.js';
import { DisplayName, Email, Login, Password, ProfileUpdate, Refresh, Register, Username } from './users.js';

const id = (letter: string) => letter + 'A'.repeat(22);
const uuid = '3f2b8a52-7d1c-4b7e-9d7a-0c1d2e3f4a5b';
const takes = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

/** Everything that clients send, with one good example; fields that are optional are there, too. */
const requests: [string, z.ZodType, Record<string, unknown>][] = [
  ['Register', Register, { username: 'ann', email: 'ann@example.org', password: 'Correct-horse-7' }],
  ['Login', Login, { username: 'ann', password: 'x' }],
  ['Refresh', Refresh, { refreshToken: 'x' }],
  ['ProfileUpdate', ProfileUpdate, { displayName: 'Ann', username: 'ann' }],
  ['ChannelCreate', ChannelCreate, { type: 'private', name: 'general', description: 'x' }],
  ['ChannelUpdate', ChannelUpdate, { name: 'general', description: null }],
  ['MemberAdd', MemberAdd, { userId: id('u'), role: 'moderator' }],
  ['MemberUpdate', MemberUpdate, { role: 'owner' }],
  ['DirectMessage', DirectMessage, { userId: id('u') }],
  ['MessageSend', MessageSend, { messageId: uuid, text: 'hi', clientTs: '2026-01-01T00:00:00Z', threadId: id('m') }],
  [
    'ServiceKeyCreate',
    ServiceKeyCreate,
    { name: 'a program', scopes: ['messages:send', 'act-as'], actsFor: [id('u')], expiresAt: '2026-01-01T00:00:00Z' },
  ],
  [
    'NotificationSend',
    NotificationSend,
    { key: 'job:7', type: 'job-done', data: { jobId: '7' }, userIds: [id('u')], expiresAt: '2026-01-01T00:00:00Z' },
  ],
  ['ClientFrame', ClientFrame, { event: 'ping', requestId: 'r', payload: {} }],
  ['authenticate', clientPayloads.authenticate, { ticket: 'x' }],
  ['ping', clientPayloads.ping, {}],
  [
    'message.send',
    clientPayloads['message.send'],
    { messageId: uuid, channelId: id('c'), text: 'hi', clientTs: 0, threadId: null },
  ],
  ['message.delete', clientPayloads['message.delete'], { changeId: uuid, channelId: id('d'), id: id('m') }],
  ['sync', clientPayloads.sync, { epoch: 'e', channels: { [id('c')]: 7 } }],
];

describe.each(requests)('%s', (_name, schema, example) => {
  it('is taken as it should be', () => {
    expect(schema.safeParse(example).error).toBeUndefined();
  });

  it('is refused with a field more, whatever its name', () => {
    for (const name of ['extra', '$where', 'constructor', 'toString', 'isAdmin', 'senderId']) {
      expect(takes(schema, { ...example, [name]: 'x' }), name).toBe(false);
    }
    const polluted = JSON.parse(
      JSON.stringify(example).replace(/^\{/, '{"__proto__":{"isAdmin":true},').replace(',}', '}'),
    ) as unknown;
    expect(takes(schema, polluted)).toBe(false);
  });

  it.each(Object.keys(example))('is refused with anything else for %s', (field) => {
    const wrong = fc.oneof(
      fc.constantFrom<unknown>({ $ne: null }, { $gt: '' }, [], ['x'], true, NaN, -1, 1.5, 'x'.repeat(70_000), undefined),
      fc.object({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(wrong, (value) => {
        const parsed = schema.safeParse({ ...example, [field]: value });
        // An optional field may be absent, a payload is any object here, and there may be no channels: nothing else passes.
        const mayBe =
          value === undefined ||
          field === 'payload' ||
          field === 'data' ||
          (field === 'channels' && JSON.stringify(value) === '{}');
        if (parsed.success) expect(mayBe, JSON.stringify(value)).toBe(true);
      }),
    );
  });

  it.each([null, undefined, 'x', 7, true, [], [[]]])('is not %j', (value) => {
    expect(takes(schema, value)).toBe(false);
  });
});

describe('accounts', () => {
  it.each([
    ['abc', true],
    ['A_9'.repeat(10), true],
    ['ab', false],
    ['a'.repeat(33), false],
    ['a b', false],
    ['añn', false],
    ['ann\n', false],
    ['a-b', false],
  ])('take the username %j: %s', (name, fine) => {
    expect(takes(Username, name)).toBe(fine);
  });

  it.each([
    ['Correct-horse-7', true],
    ['Äöü-12345678', true],
    ['Aa1!567890', true],
    ['Aa1!56789', false],
    [`Aa1!${'x'.repeat(68)}`, true],
    [`Aa1!${'x'.repeat(69)}`, false],
    ['correct-horse-7', false],
    ['CORRECT-HORSE-7', false],
    ['Correct-horse-x', false],
    ['Correcthorse7', false],
    ['Correct horse 7', false],
  ])('take the new password %j: %s', (password, fine) => {
    expect(takes(Password, password)).toBe(fine);
  });

  it('take a login by any password that may be one: rules are for new ones', () => {
    expect(takes(Login, { email: 'ann@example.org', password: 'x' })).toBe(true);
    expect(takes(Login, { email: 'ann@example.org', password: '' })).toBe(false);
  });

  it('take a login by email or by username, not by both nor by neither', () => {
    expect(takes(Login, { email: 'ann@example.org', username: 'ann', password: 'x' })).toBe(false);
    expect(takes(Login, { password: 'x' })).toBe(false);
  });

  it('take an email of at most 254 characters, and a display name of at most 64', () => {
    expect(takes(Email, `${'a'.repeat(64)}@example.org`)).toBe(true);
    expect(takes(Email, `a@${'b'.repeat(250)}.org`)).toBe(false);
    expect([takes(DisplayName, 'x'.repeat(64)), takes(DisplayName, 'x'.repeat(65)), takes(DisplayName, '\udc00')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('channels', () => {
  it.each([
    ['ab', true],
    ['a', false],
    ['a'.repeat(64), true],
    ['a'.repeat(65), false],
    [' ab', false],
    ['ab\u00a0', false],
    ['a b', true],
    ['a\ud800', false],
  ])('take the name %j: %s', (name, fine) => {
    expect(takes(ChannelName, name)).toBe(fine);
  });

  it('are public by default, and never a direct message', () => {
    expect(ChannelCreate.parse({ name: 'general' })).toEqual({ type: 'public', name: 'general' });
    expect(takes(ChannelCreate, { name: 'general', type: 'dm' })).toBe(false);
  });

  it('are updated in something', () => {
    expect(takes(ChannelUpdate, {})).toBe(false);
    expect(takes(ChannelUpdate, { description: null })).toBe(true);
    expect(takes(ChannelUpdate, { name: null })).toBe(false);
  });

  it('get no second owner by adding one', () => {
    expect(takes(MemberAdd, { userId: id('u'), role: 'owner' })).toBe(false);
  });
});

describe('a page', () => {
  it('is 50 messages by default and 100 at most', () => {
    expect(PageQuery.parse({})).toEqual({ limit: 50 });
    expect(PageQuery.parse({ limit: '100', before: '7' })).toEqual({ limit: 100, before: 7 });
    for (const limit of ['101', '0', '-1', '1.5', 'x', '']) expect(takes(PageQuery, { limit }), limit).toBe(false);
  });

  it('is before, after or around a position, one of them', () => {
    expect(takes(PageQuery, { before: '1', after: '1' })).toBe(false);
    expect(takes(PageQuery, { around: '0', after: '0' })).toBe(false);
    for (const around of ['-1', '1.5', 'x', '9'.repeat(20)]) expect(takes(PageQuery, { around }), around).toBe(false);
  });
});

describe('frames', () => {
  it('have an empty payload when they name none', () => {
    expect(ClientFrame.parse({ event: 'ping' })).toEqual({ event: 'ping', payload: {} });
  });

  it.each([
    { event: '', payload: {} },
    { event: 'x'.repeat(65), payload: {} },
    { event: 'ping', requestId: '' },
    { event: 'ping', requestId: 'x'.repeat(129) },
    { event: 'ping', payload: [] },
    { event: 'ping', payload: null },
  ])('are not %j', (frame) => {
    expect(takes(ClientFrame, frame)).toBe(false);
  });

  it('name one of the events there are, and nothing that every object has', () => {
    for (const event of Object.keys(clientPayloads)) expect(isClientEvent(event)).toBe(true);
    for (const event of ['message.new', 'toString', '__proto__', 'constructor', '']) expect(isClientEvent(event)).toBe(false);
  });

  it('authenticate by a ticket or by a token, not by both nor by neither', () => {
    const { authenticate } = clientPayloads;
    expect([{ ticket: 'x' }, { token: 'x' }, {}, { ticket: 'x', token: 'x' }].map((it) => takes(authenticate, it))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(takes(authenticate, { token: 'x'.repeat(8_193) })).toBe(false);
  });

  it('sync at most 100 channels, each from a seq', () => {
    const channels = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`c${String(n).padStart(22, '0')}`, n]));
    const { sync } = clientPayloads;
    expect(limits.syncChannels).toBe(100);
    expect([0, 100, 101].map((count) => takes(sync, { epoch: 'e', channels: channels(count) }))).toEqual([true, true, false]);
    expect(takes(sync, { epoch: 'e', channels: { general: 1 } })).toBe(false);
    expect(takes(sync, { epoch: 'e', channels: { [id('c')]: -1 } })).toBe(false);
    expect(takes(sync, { epoch: 'e', channels: JSON.parse('{"__proto__": 1}') as unknown })).toBe(false);
  });
});
