import { randomUUID } from 'node:crypto';
import { channelIdOf, dmIdOf, messageIdOf, type ChangeBody } from '@storm/shared/contracts';
import type { Role } from '@storm/shared/protocol';
import { describe, expect, it } from 'vitest';
import { factsOf, idOf, message, opened, stateOf, type StateOptions } from '../../tests/support/opened.js';
import { Draft } from './channel-state.js';
import { decide } from './decide.js';
import { nameKey, reactionKey, type Facts, type NamedMessage } from './facts.js';
import type { OpenedChange } from './opened-change.js';
import { NamedMessages } from './named-messages.js';

const now = new Date(1_700_000_000_000);
const [ann, bob, cat, dan, eve] = ['ann', 'bob', 'cat', 'dan', 'eve'].map((name) => idOf('u', name)) as [
  string,
  string,
  string,
  string,
  string,
];
/** Who may act: three roles in the channel, a stranger, and strangers with a role on the platform. */
const actors: Record<string, { senderId: string; senderRole: Role }> = {
  owner: { senderId: ann, senderRole: 'member' },
  moderator: { senderId: bob, senderRole: 'member' },
  member: { senderId: cat, senderRole: 'member' },
  stranger: { senderId: dan, senderRole: 'member' },
  admin: { senderId: dan, senderRole: 'admin' },
  platformModerator: { senderId: dan, senderRole: 'moderator' },
};
/** What they may do: to a plain member (eve) where it is to someone, and by their own messages or eve's. */
const bodies: Record<string, (senderId: string) => ChangeBody> = {
  message: () => message(),
  'edit own': (senderId) => ({ kind: 'edit', id: idOf('m', senderId), text: 'new' }),
  "edit another's": () => ({ kind: 'edit', id: idOf('m', eve), text: 'new' }),
  react: () => ({ kind: 'reaction', id: idOf('m', eve), emoji: '👍', added: true }),
  'take back': () => ({ kind: 'reaction', id: idOf('m', eve), emoji: '👍', added: false }),
  'delete own': (senderId) => ({ kind: 'delete', id: idOf('m', senderId) }),
  "delete another's": () => ({ kind: 'delete', id: idOf('m', eve) }),
  join: () => ({ kind: 'join' }),
  leave: () => ({ kind: 'leave' }),
  'add member': () => ({ kind: 'add', userId: idOf('u', 'new'), role: 'member' }),
  'add moderator': () => ({ kind: 'add', userId: idOf('u', 'new'), role: 'moderator' }),
  remove: () => ({ kind: 'remove', userId: eve }),
  role: () => ({ kind: 'role', userId: eve, role: 'moderator' }),
  rename: () => ({ kind: 'rename', name: 'Other' }),
  archive: () => ({ kind: 'archive' }),
  erase: () => ({ kind: 'erase' }),
};
const members = { [ann]: 'owner', [bob]: 'moderator', [cat]: 'member', [eve]: 'member' } as const;
const pair = { [ann]: 'owner', [eve]: 'owner' } as const;

/** What becomes of each, row by row: `ok`, or the code of the verdict. */
const table: Record<string, { state: StateOptions; who: string; expected: string }> = {
  'a public channel': {
    state: { members },
    who: 'owner moderator member stranger admin platformModerator',
    expected: `
      message           ok  ok  ok  403 403 403
      edit own          ok  ok  ok  403 403 403
      edit another's    403 403 403 403 403 403
      react             ok  ok  ok  403 403 403
      take back         dup dup dup 403 403 403
      delete own        ok  ok  ok  404 ok  ok
      delete another's  ok  ok  403 404 ok  ok
      join              dup dup dup ok  ok  ok
      leave             ok  ok  ok  dup dup dup
      add member        ok  ok  403 403 ok  403
      add moderator     ok  403 403 403 ok  403
      remove            ok  ok  403 403 ok  403
      role              ok  403 403 403 ok  403
      rename            ok  ok  403 403 ok  403
      archive           ok  403 403 403 ok  403
      erase             403 403 403 403 ok  403`,
  },
  'a private channel': {
    state: { members, settings: { type: 'private' } },
    who: 'owner moderator member stranger admin platformModerator',
    expected: `
      message           ok  ok  ok  404 403 404
      edit own          ok  ok  ok  404 403 404
      edit another's    403 403 403 404 403 404
      react             ok  ok  ok  404 403 404
      take back         dup dup dup 404 403 404
      delete own        ok  ok  ok  404 ok  404
      delete another's  ok  ok  403 404 ok  404
      join              dup dup dup 404 404 404
      leave             ok  ok  ok  404 dup 404
      add member        ok  ok  403 404 ok  404
      add moderator     ok  403 403 404 ok  404
      remove            ok  ok  403 404 ok  404
      role              ok  403 403 404 ok  404
      rename            ok  ok  403 404 ok  404
      archive           ok  403 403 404 ok  404
      erase             403 403 403 404 ok  404`,
  },
  'an archived channel': {
    state: { members, settings: { isArchived: true } },
    who: 'owner moderator member stranger admin platformModerator',
    expected: `
      message           422 422 422 403 403 403
      edit own          422 422 422 403 403 403
      edit another's    403 403 403 403 403 403
      react             422 422 422 403 403 403
      take back         422 422 422 403 403 403
      delete own        ok  ok  ok  404 ok  ok
      delete another's  ok  ok  403 404 ok  ok
      join              dup dup dup 422 422 422
      leave             ok  ok  ok  dup dup dup
      add member        422 422 403 403 422 403
      add moderator     422 403 403 403 422 403
      remove            ok  ok  403 403 ok  403
      role              422 403 403 403 422 403
      rename            422 422 403 403 422 403
      archive           dup 403 403 403 dup 403
      erase             403 403 403 403 ok  403`,
  },
  'an erased public channel': {
    state: { members, settings: { isErased: true } },
    who: 'owner moderator member stranger admin platformModerator',
    expected: `
      message           422 422 422 422 422 422
      edit own          422 422 422 422 422 422
      edit another's    422 422 422 422 422 422
      react             422 422 422 422 422 422
      take back         422 422 422 422 422 422
      delete own        422 422 422 422 422 422
      delete another's  422 422 422 422 422 422
      join              422 422 422 422 422 422
      leave             422 422 422 422 422 422
      add member        422 422 422 422 422 422
      add moderator     422 422 422 422 422 422
      remove            422 422 422 422 422 422
      role              422 422 422 422 422 422
      rename            422 422 422 422 422 422
      archive           422 422 422 422 422 422
      erase             422 422 422 422 dup 422`,
  },
  'an erased private channel': {
    state: { members, settings: { type: 'private', isErased: true } },
    who: 'member stranger admin',
    expected: `
      message           422 404 422
      edit own          422 404 422
      react             422 404 422
      leave             422 404 422
      erase             422 404 dup`,
  },
  'a direct message': {
    state: { members: pair, settings: { type: 'dm', name: null } },
    who: 'owner stranger admin platformModerator',
    expected: `
      message           ok  404 403 404
      edit own          ok  404 403 404
      edit another's    403 404 403 404
      react             ok  404 403 404
      take back         dup 404 403 404
      delete own        ok  404 ok  404
      delete another's  403 404 ok  404
      join              422 404 422 404
      leave             422 404 422 404
      add member        422 404 422 404
      add moderator     422 404 422 404
      remove            422 404 422 404
      role              422 404 422 404
      rename            422 404 422 404
      archive           422 404 422 404
      erase             403 404 ok  404`,
  },
  'no channel': {
    state: { settings: null },
    who: 'owner admin',
    expected: Object.keys(bodies)
      .map((what) => `${what}  404 404`)
      .join('\n'),
  },
};

const aMessage = (fields: Partial<NamedMessage>): NamedMessage => ({
  id: idOf('m', 'any'),
  position: 9,
  senderId: ann,
  threadId: null,
  createdAt: now,
  deletedAt: null,
  reactions: {},
  ...fields,
});
const messages = new Map<string, NamedMessage>(
  [ann, bob, cat, dan, eve].map((senderId, i) => [
    idOf('m', senderId),
    aMessage({ id: idOf('m', senderId), position: i + 1, senderId }),
  ]),
);

/** `facts` has users bob, eve and the new one active. */
function judge(change: OpenedChange, state: StateOptions, facts: Partial<Facts> = {}) {
  const channel = new Draft(stateOf({ channelId: change.channelId, ...state }));
  const known = factsOf({ activeUsers: new Set([bob, eve, idOf('u', 'new')]), ...facts });
  const inRoom = [...messages].map(([id, message]) => [`${change.channelId} ${id}`, message] as const);
  const named = new NamedMessages({ messages: new Map(inRoom), reacted: known.reacted });
  return { decided: decide(change, { channel, facts: known, named, now, editWindowMs: 60_000 }), channel };
}

const codes: Record<string, string> = { FORBIDDEN: '403', NOT_FOUND: '404', CONFLICT: '409', REFUSED: '422' };
const short = (decided: ReturnType<typeof decide>): string =>
  !('status' in decided) ? 'ok' : decided.status === 'duplicate' ? 'dup' : (codes[decided.code] ?? decided.code);

describe.each(Object.entries(table))('in %s', (_, { state, who, expected }) => {
  const columns = who.split(' ');
  const lines = expected.trim().split('\n');
  const cases = lines.flatMap((line) => {
    const [what = '', ...cells] = line.trim().split(/ {2,}| (?=ok|dup|\d)/);
    return cells.map((cell, i) => ({ what: what.trim(), actor: columns[i] ?? '', cell: cell.trim() }));
  });

  it('is complete', () => expect(cases).toHaveLength(lines.length * columns.length));
  it.each(cases)('$what by $actor: $cell', ({ what, actor, cell }) => {
    const by = actors[actor];
    const body = bodies[what]?.(by?.senderId ?? '');
    if (!body) throw new Error(`no such change: ${what}`);
    expect(short(judge(opened(body, by), state).decided)).toBe(cell);
  });
});

describe('creating', () => {
  const changeId = randomUUID();
  const body = { kind: 'create', type: 'public', name: 'Lobby', description: 'd' } as const;
  const create = opened(body, { changeId, channelId: channelIdOf(ann, changeId) });
  const dm = (userId: string) => opened({ kind: 'dm', userId }, { channelId: dmIdOf(ann, userId) });

  it('makes the creator the owner, and says all of it in the first row', () => {
    const { decided, channel } = judge(create, { settings: null });
    expect(decided).toEqual({
      kind: 'system',
      system: {
        kind: 'created',
        type: 'public',
        name: 'Lobby',
        description: 'd',
        memberCount: 1,
        members: [{ userId: ann, role: 'owner' }],
      },
    });
    expect(channel.settings).toMatchObject({ type: 'public', name: 'Lobby', memberCount: 1, createdBy: ann, isArchived: false });
    expect(channel.member(ann)).toEqual({ role: 'owner', joinedAt: now.getTime() });
  });

  it('makes both of a direct message owners', () => {
    const { decided, channel } = judge(dm(bob), { settings: null });
    expect(decided).toMatchObject({ system: { kind: 'created', type: 'dm', name: null, memberCount: 2 } });
    expect([channel.member(ann)?.role, channel.member(bob)?.role]).toEqual(['owner', 'owner']);
  });

  it.each<[string, OpenedChange, StateOptions, string]>([
    ['what is there', create, {}, 'dup'],
    ['a direct message that is there', dm(bob), { settings: { type: 'dm' } }, 'dup'],
    ['a direct message with oneself', dm(ann), { settings: null }, '422'],
    ['a direct message with nobody active', dm(dan), { settings: null }, '404'],
    ['a channel under an id that is not its own', { ...create, channelId: idOf('c', 'x') }, { settings: null }, '404'],
    ['a direct message of two others', { ...dm(bob), senderId: eve }, { settings: null }, '404'],
  ])('of %s', (_, change, state, expected) => expect(short(judge(change, state).decided)).toBe(expected));

  it('refuses a public name that another holds, and leaves the channel unmade', () => {
    const { decided, channel } = judge(create, { settings: null }, { namesHeld: new Set([nameKey(create.channelId, 'LOBBY')]) });
    expect(decided).toEqual({ status: 'failed', code: 'CONFLICT', message: 'the name is taken' });
    expect(channel.settings).toBeNull();
  });

  it('lets a private channel bear a name that is taken', () => {
    const change = opened({ ...body, type: 'private' }, { changeId, channelId: create.channelId });
    const held = { namesHeld: new Set([nameKey(create.channelId, 'Lobby')]) };
    expect(short(judge(change, { settings: null }, held).decided)).toBe('ok');
  });
});

describe('messages', () => {
  const text = opened(message('@bob @EVE @nobody @dan hi'));
  const userByName = new Map([
    ['bob', bob],
    ['eve', eve],
    ['dan', dan],
  ]);

  it('know their id, and mention members only', () => {
    expect(judge(text, { members }, { userByName }).decided).toEqual({
      kind: 'message',
      id: messageIdOf(text.channelId, text.senderId, text.changeId),
      text: '@bob @EVE @nobody @dan hi',
      threadId: null,
      mentions: [bob, eve],
      clientTs: new Date(1_700_000_000_000),
    });
  });

  it('answer to a message, and to no answer', () => {
    const root = idOf('m', eve);
    expect(judge(opened(message('x', root)), { members }).decided).toMatchObject({ threadId: root });
    messages.set('reply', aMessage({ id: 'reply', threadId: root }));
    for (const threadId of ['reply', idOf('m', 'gone')])
      expect(judge(opened(message('x', threadId)), { members }).decided).toMatchObject({
        code: 'REFUSED',
        message: 'there is no such thread',
      });
  });

  it('are deleted once', () => {
    expect(judge(opened({ kind: 'delete', id: idOf('m', eve) }), { members }).decided).toEqual({
      kind: 'delete',
      target: 5,
      targetId: idOf('m', eve),
    });
    messages.set('gone', aMessage({ id: 'gone', deletedAt: now }));
    expect(short(judge(opened({ kind: 'delete', id: 'gone' }), { members }).decided)).toBe('dup');
    expect(short(judge(opened({ kind: 'delete', id: 'never' }), { members }).decided)).toBe('404');
  });
});

describe('edits', () => {
  const edit = (id: string) => opened({ kind: 'edit', id, text: 'now with @bob' });

  it('replace the text and who it mentions', () => {
    const userByName = new Map([['bob', bob]]);
    expect(judge(edit(idOf('m', ann)), { members }, { userByName }).decided).toEqual({
      kind: 'edit',
      target: 1,
      targetId: idOf('m', ann),
      text: 'now with @bob',
      mentions: [bob],
    });
  });

  it('come while the window is open, and before a deletion', () => {
    const ago = (ms: number) => new Date(now.getTime() - ms);
    messages.set('recent', aMessage({ id: 'recent', createdAt: ago(60_000) }));
    messages.set('old', aMessage({ id: 'old', createdAt: ago(60_001) }));
    messages.set('gone', aMessage({ id: 'gone', deletedAt: now }));
    const results = ['recent', 'old', 'gone', 'never'].map((id) => short(judge(edit(id), { members }).decided));
    expect(results).toEqual(['ok', '422', '422', '404']);
  });
});

describe('reactions', () => {
  const react = (emoji: string, added = true) => opened({ kind: 'reaction', id: 'liked', emoji, added });
  const many = Object.fromEntries(Array.from({ length: 19 }, (_, i) => [String.fromCodePoint(0x1f600 + i), 1]));
  const own = (emoji: string) => ({ reacted: new Set([reactionKey(react('👍').channelId, 9, ann, emoji)]) });

  it('say all counts after, in the order in which they came', () => {
    messages.set('liked', aMessage({ id: 'liked', reactions: { '👍': 2, '🎉': 1 } }));
    expect(judge(react('👍'), { members }).decided).toMatchObject({ added: true, reactions: { '👍': 3, '🎉': 1 } });
    expect(judge(react('👍', false), { members }, own('👍')).decided).toMatchObject({ reactions: { '👍': 1, '🎉': 1 } });
    expect(judge(react('🎉', false), { members }, own('🎉')).decided).toMatchObject({ reactions: { '👍': 2 } });
    const { decided } = judge(react('👍'), { members });
    expect(Object.keys('reactions' in decided ? decided.reactions : {})).toEqual(['👍', '🎉']);
  });

  it('change nothing when they are there, or not', () => {
    expect(short(judge(react('👍'), { members }, own('👍')).decided)).toBe('dup');
    expect(short(judge(react('👍', false), { members }).decided)).toBe('dup');
  });

  it('are of at most twenty kinds a message', () => {
    messages.set('liked', aMessage({ id: 'liked', reactions: many }));
    expect(short(judge(react('👍'), { members }).decided)).toBe('ok');
    messages.set('liked', aMessage({ id: 'liked', reactions: { ...many, '🎉': 1 } }));
    expect(short(judge(react('👍'), { members }).decided)).toBe('422');
    expect(short(judge(react('🎉'), { members }).decided)).toBe('ok');
  });
});

describe('members', () => {
  const by = (senderId: string) => ({ senderId });

  it('come and go with their count, their role and where they begin to read', () => {
    const added = judge(opened({ kind: 'add', userId: idOf('u', 'new'), role: 'moderator' }), { members });
    expect(added.decided).toEqual({
      kind: 'system',
      system: { kind: 'joined', userId: idOf('u', 'new'), role: 'moderator', memberCount: 5, position: 5 },
    });
    expect(added.channel.member(idOf('u', 'new'))).toEqual({ role: 'moderator', joinedAt: now.getTime() });
    const left = judge(opened({ kind: 'leave' }, by(cat)), { members });
    expect(left.decided).toEqual({ kind: 'system', system: { kind: 'left', userId: cat, memberCount: 3 } });
    expect(left.channel.member(cat)).toBeNull();
  });

  it('get a role, and the same again changes nothing', () => {
    const { decided, channel } = judge(opened({ kind: 'role', userId: cat, role: 'owner' }), { members });
    expect(decided).toMatchObject({ system: { kind: 'role', userId: cat, role: 'owner', memberCount: 4 } });
    expect(channel.member(cat)?.role).toBe('owner');
    expect(short(judge(opened({ kind: 'role', userId: cat, role: 'member' }), { members }).decided)).toBe('dup');
    expect(short(judge(opened({ kind: 'role', userId: dan, role: 'member' }), { members }).decided)).toBe('404');
  });

  it.each([
    ['adding who is there', opened({ kind: 'add', userId: bob, role: 'member' }), 'dup'],
    ['adding who is not active', opened({ kind: 'add', userId: dan, role: 'member' }), '404'],
    ['removing who is not there', opened({ kind: 'remove', userId: dan }), '404'],
    ['removing oneself', opened({ kind: 'remove', userId: cat }, by(cat)), 'ok'],
    ['removing the owner as a moderator', opened({ kind: 'remove', userId: ann }, by(bob)), '403'],
    ['removing the owner as an admin', opened({ kind: 'remove', userId: ann }, { senderId: dan, senderRole: 'admin' }), 'ok'],
    ['the owner removing themselves', opened({ kind: 'remove', userId: ann }), 'ok'],
  ])('%s', (_, change, expected) => expect(short(judge(change, { members }).decided)).toBe(expected));
});

describe('settings', () => {
  it('say name and description after, of which either may stay', () => {
    const state = { members, settings: { description: 'old' } };
    const { decided, channel } = judge(opened({ kind: 'rename', name: 'New' }), state);
    expect(decided).toEqual({ kind: 'system', system: { kind: 'renamed', name: 'New', description: 'old', memberCount: 4 } });
    expect(channel.settings).toMatchObject({ name: 'New', description: 'old' });
    expect(judge(opened({ kind: 'rename', description: null }), state).decided).toMatchObject({
      system: { name: 'Room', description: null },
    });
    expect(short(judge(opened({ kind: 'rename', name: 'Room', description: 'old' }), state).decided)).toBe('dup');
  });

  it('refuse a taken public name, and do not mind it in a private channel', () => {
    const change = opened({ kind: 'rename', name: 'Taken' });
    const facts = { namesHeld: new Set([nameKey(change.channelId, 'taken')]) };
    expect(judge(change, { members }, facts).decided).toMatchObject({ code: 'CONFLICT', message: 'the name is taken' });
    expect(short(judge(change, { members, settings: { type: 'private' } }, facts).decided)).toBe('ok');
  });

  it('end with archiving and erasing', () => {
    const archived = judge(opened({ kind: 'archive' }), { members });
    expect(archived.decided).toEqual({ kind: 'system', system: { kind: 'archived', memberCount: 4 } });
    expect(archived.channel.settings?.isArchived).toBe(true);
    const erased = judge(opened({ kind: 'erase' }, { senderRole: 'admin' }), { members });
    expect(erased.decided).toEqual({ kind: 'system', system: { kind: 'erased', memberCount: 4 } });
    expect(erased.channel.settings?.isErased).toBe(true);
  });
});

it.each([
  ['the channel is archived', message(), { settings: { isArchived: true } }],
  ['the channel is erased', message(), { settings: { isErased: true } }],
  ['a direct message has its two members for good', { kind: 'leave' }, { settings: { type: 'dm' } }],
  ['a direct message has no name', { kind: 'rename', name: 'Name' }, { settings: { type: 'dm' } }],
  ['a direct message is not archived', { kind: 'archive' }, { settings: { type: 'dm' } }],
] as [string, ChangeBody, StateOptions][])('says why: %s', (why, body, state) => {
  expect(judge(opened(body), { members, ...state }).decided).toMatchObject({ status: 'failed', code: 'REFUSED', message: why });
});
