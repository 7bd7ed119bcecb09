import { testMongoUrl } from '@storm/devstack/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../src/index.js';
import { indexesOf, plansOf, usesIndex } from './support/plans.js';
import { message } from './support/rows.js';
import { useStore } from './support/test-store.js';

const url = new URL(testMongoUrl());
url.searchParams.set('monitorCommands', 'true');
const store = useStore({ url: url.href });

const count = 1_000;
const many = <T>(make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const at = (i: number) => new Date(1_700_000_000_000 + i * 1_000);
const channel = (i: number) => `c${i}`;
const user = (i: number) => `u${i}`;
const rows = many((i) =>
  message({
    channelId: channel(i % 4),
    seq: Math.floor(i / 4) + 1,
    senderId: user(i % 40),
    mentions: [user(i % 9)],
    ...(i % 3 ? {} : { threadId: `m${i % 20}` }),
  }),
);
const now = at(count);

/** Enough in each collection that a planner has reason to take an index. */
beforeAll(async () => {
  await store.timeline.insertRows(rows);
  await store.heads.advance(many((i) => ({ channelId: channel(i), seq: i, position: i })));
  await store.channels.apply(
    many((i) => ({
      channelId: channel(i),
      seq: 1,
      insert: {
        type: 'public',
        name: `n${i}`,
        description: null,
        createdBy: 'u',
        memberCount: 1,
        isArchived: false,
        erasedAt: null,
        createdAt: at(i),
      },
    })),
  );
  await store.memberships.apply(
    many((i) => ({
      channelId: channel(i % 20),
      userId: user(Math.floor(i / 20)),
      seq: i + 1,
      joined: { role: 'member', at: now, position: 0 },
    })),
  );
  await store.reactions.apply(
    many((i) => ({
      channelId: channel(i % 4),
      position: 1 + (i % 50),
      userId: user(i),
      emoji: '👍',
      seq: i + 1,
      isActive: true,
    })),
  );
  await store.notifications.insertNew(
    many((i) => ({
      _id: `n${i}`,
      userId: user(i % 20),
      type: 'mention',
      data: {},
      key: `k${i}`,
      readAt: i % 3 ? at(i) : null,
      createdAt: at(i),
      expiresAt: new Date(Date.now() + 3_600_000),
    })),
  );
  await store.models.names.insertMany(many((i) => ({ _id: `n${i}`, channelId: channel(i), claim: 'c' })));
  await store.models.channelKeys.insertMany(
    many((i) => ({
      channelId: channel(i % 500),
      version: 1 + Math.floor(i / 500),
      wrapped: Buffer.alloc(60),
      masterKid: `k${i % 50}`,
      createdAt: now,
      startSeq: 1,
      erasedAt: null,
    })),
  );
  await store.models.deadLetters.insertMany(
    many((i) => ({
      _id: `digest${i}`,
      entry: '{}',
      channelId: channel(i),
      senderId: user(i),
      changeId: `${i}`,
      reason: 'r',
      attempts: 1,
      failedAt: new Date(Date.now() - i),
    })),
  );
  await store.models.users.insertMany(
    many((i) => ({
      _id: user(i),
      username: `User${i}`,
      usernameLower: `user${i}`,
      email: `${i}@x`,
      emailLower: `${i}@x`,
      passwordHash: 'h',
      role: 'member',
      isActive: true,
      accessVersion: i,
      accessChangedAt: at(i),
      createdAt: at(i),
    })),
  );
  await store.models.serviceKeys.insertMany(
    many((i) => ({ _id: `k${i}`, name: 'n', scopes: [], secretHash: Buffer.alloc(32), createdBy: 'u', createdAt: at(i) })),
  );
  await store.audit.append(
    many((i) => ({
      _id: i + 1,
      actor: user(i % 50),
      action: `a${i % 20}`,
      target: null,
      address: null,
      details: null,
      at: at(i),
      kid: 'k',
      hmac: Buffer.alloc(32),
    })),
  );
  const later = new Date(Date.now() + 3_600_000);
  await store.models.outsideIdentities.insertMany(
    many((i) => ({ _id: `o${i}`, userId: user(i), issuer: 'i', subject: `${i}`, createdAt: at(i) })),
  );
  await store.models.sessions.insertMany(
    many((i) => ({
      _id: `s${i}`,
      userId: user(i),
      generation: 1,
      tokenHash: 'h',
      createdAt: now,
      lastUsedAt: now,
      expiresAt: later,
      revokedAt: i % 2 ? at(i) : null,
    })),
  );
  await store.models.secondFactors.insertMany(
    many((i) => ({ _id: user(i), secret: `s${i}`, kid: `k${i % 50}`, createdAt: now, lastStep: 0, recoveryCodes: [] })),
  );
});

type Group =
  | 'timeline'
  | 'heads'
  | 'channels'
  | 'memberships'
  | 'reactions'
  | 'names'
  | 'channelKeys'
  | 'deadLetters'
  | 'notifications'
  | 'users'
  | 'sessions'
  | 'outsideIdentities'
  | 'secondFactors'
  | 'audit'
  | 'serviceKeys'
  | 'meta';

/** Both fields are given: one index is as good as the other. */
const eitherOrder = ['channel_user', 'user_channel'];

const reactionIndex = 'channel_position_user_emoji';
const reaction = { channelId: 'c1', position: 1, userId: 'u1', emoji: '👍' };

/** Each query, and the index that it must go through. */
const cases: {
  [G in Group]: {
    [Q in keyof Store[G]]:
      [index: string | string[], query: () => Promise<unknown>] | 'only inserts' | 'looks up and counts' | 'one document';
  };
} = {
  timeline: {
    insertRows: 'only inserts',
    rowsAbove: ['channel_seq', () => store.timeline.rowsAbove('c1', 50, 100)],
    endsAbove: [
      'channel_seq',
      () => store.timeline.endsAbove(['c1', 'c2'].map((channelId) => ({ channelId, seq: 240, position: 240 }))),
    ],
    rowsInRange: ['channel_seq', () => store.timeline.rowsInRange('c1', 50, 100)],
    messagesInRange: ['channel_position', () => store.timeline.messagesInRange('c1', 50, 100)],
    messagesAt: ['channel_position', () => store.timeline.messagesAt('c1', [1, 7, 90])],
    messagesById: ['channel_id', () => store.timeline.messagesById('c0', [rows[0]!.id, rows[8]!.id])],
    storedChanges: ['channel_sender_change', () => store.timeline.storedChanges(rows.slice(0, 100))],
    apply: [
      ['channel_position', 'channel_target'],
      () => store.timeline.apply([{ channelId: 'c1', target: 3, seq: 999, deletedAt: now }]),
    ],
    replies: ['channel_thread_position', () => store.timeline.replies('c1', 'm1', 3, 10)],
    countReplies: ['channel_thread_position', () => store.timeline.countReplies('c1', ['m1', 'm2'], 50)],
    systemInRange: ['channel_seq', () => store.timeline.systemInRange('c1', 5, 90, 10)],
    countMentions: [
      'channel_mentions_position',
      () =>
        store.timeline.countMentions(
          'u1',
          ['c1', 'c2'].map((channelId) => ({ channelId, from: 5, to: 90 })),
        ),
    ],
  },
  reactions: {
    apply: [reactionIndex, () => store.reactions.apply([{ ...reaction, seq: 9, isActive: false }])],
    active: [reactionIndex, () => store.reactions.active([reaction])],
    ofUser: [reactionIndex, () => store.reactions.ofUser('c1', 'u1', [1, 2])],
  },
  heads: {
    read: ['_id_', () => store.heads.read(['c1', 'c2'])],
    advance: ['_id_', () => store.heads.advance([{ channelId: 'c1', seq: 1, position: 1 }])],
    movedSince: ['updated', () => store.heads.movedSince(new Date(Date.now() + 1_000), 100)],
  },
  channels: {
    read: ['_id_', () => store.channels.read(['c1', 'c2'])],
    apply: ['_id_', () => store.channels.apply([{ channelId: 'c1', seq: 9, set: { isArchived: true } }])],
    get: ['_id_', () => store.channels.get('c1')],
    byIds: ['_id_', () => store.channels.byIds(['c1', 'c2'])],
    publicPage: [
      'type_archived_created',
      () => store.channels.publicPage({ after: { createdAt: at(900), id: 'c900' }, limit: 50 }),
    ],
  },
  memberships: {
    of: [eitherOrder, () => store.memberships.of('c1', ['u1', 'u2'])],
    apply: [
      eitherOrder,
      () =>
        store.memberships.apply([
          { channelId: 'c1', userId: 'u1', seq: 2_000, joined: { role: 'member', at: now, position: 1 } },
          { channelId: 'c1', userId: 'u2', seq: 2_001, left: now },
        ]),
    ],
    read: [eitherOrder, () => store.memberships.read([{ channelId: 'c1', userId: 'u1', position: 5 }])],
    forUser: ['user_channel', () => store.memberships.forUser('u1', { afterChannelId: 'c5', limit: 50 })],
    ofUserAmong: [eitherOrder, () => store.memberships.ofUserAmong('u1', ['c1', 'c2'])],
    members: ['channel_user', () => store.memberships.members('c1', { afterUserId: 'u3', limit: 50, memberCount: 10_000 })],
    sharing: [eitherOrder, () => store.memberships.sharing(['u1', 'u2'], ['c1', 'c2'])],
    activeAmong: [eitherOrder, () => store.memberships.activeAmong('c1', ['u1', 'u2'])],
  },
  names: {
    reserve: ['_id_', () => store.names.reserve('n1', 'c2', 'claim')],
    release: ['_id_', () => store.names.release('n1', 'c2', 'claim')],
    ofChannel: ['channel', () => store.names.ofChannel('c1')],
  },
  channelKeys: {
    latest: ['channel_version', () => store.channelKeys.latest(['c1', 'c2'])],
    get: ['channel_version', () => store.channelKeys.get('c1', 1)],
    insert: 'only inserts',
    erase: ['channel_version', () => store.channelKeys.erase('c1')],
    byMaster: ['master', () => store.channelKeys.byMaster('k1', 10)],
    replaceWrapped: [
      'channel_version',
      () =>
        store.channelKeys.replaceWrapped({
          channelId: 'c2',
          version: 1,
          fromKid: 'k2',
          masterKid: 'k',
          wrapped: Buffer.alloc(1),
        }),
    ],
  },
  deadLetters: {
    insert: 'looks up and counts',
    list: ['failed', () => store.deadLetters.list({ after: { failedAt: new Date(Date.now() - 100), digest: 'd' }, limit: 10 })],
    ofChange: ['channel_sender_change', () => store.deadLetters.ofChange('c1', 'u1', '1')],
    get: ['_id_', () => store.deadLetters.get('digest1')],
    remove: ['_id_', () => store.deadLetters.remove({ digest: 'digest1', failedAt: now })],
    count: ['failed', () => store.deadLetters.count()],
  },
  notifications: {
    insertNew: 'only inserts',
    page: [
      ['user_created', 'user_read_created'],
      async () => {
        const after = { createdAt: at(500), id: 'n500' };
        for (const unread of [true, false]) {
          await store.notifications.page('u1', { unread, limit: 10 });
          await store.notifications.page('u1', { unread, after, limit: 10 });
        }
      },
    ],
    countUnread: ['user_read_created', () => store.notifications.countUnread('u1')],
    markRead: ['_id_', () => store.notifications.markRead('u1', 'n1')],
    markAllRead: ['user_read_created', () => store.notifications.markAllRead('u1', at(500))],
  },
  users: {
    create: 'only inserts',
    update: ['_id_', () => store.users.update('u1', { displayName: 'D' })],
    replacePassword: ['_id_', () => store.users.replacePassword('u1', { from: 'h', to: 'i' })],
    activeIds: ['role', () => store.users.activeIds({ role: 'member', afterId: 'u500', limit: 10 })],
    hasAdmin: ['role', () => store.users.hasAdmin({ except: 'u1' })],
    changeAccess: ['_id_', () => store.users.changeAccess('u1', { role: 'member' })],
    accessChangedSince: ['access_changed', () => store.users.accessChangedSince(at(900), 'u900')],
    touchLastSeen: ['_id_', () => store.users.touchLastSeen([{ userId: 'u1', at: now }])],
    byId: ['_id_', () => store.users.byId('u1')],
    byIds: ['_id_', () => store.users.byIds(['u1', 'u2'])],
    byLogin: ['email', () => store.users.byLogin({ email: '1@x' })],
    byUsernamesLower: ['username', () => store.users.byUsernamesLower(['user1', 'user2'])],
    search: ['username', () => store.users.search('user1', 10)],
    page: ['active_created', () => store.users.page({ after: { createdAt: at(900), id: 'u900' }, limit: 50 })],
  },
  outsideIdentities: {
    claim: ['_id_', () => store.outsideIdentities.claim({ issuer: 'i', subject: 's', userId: 'u1' })],
  },
  sessions: {
    create: 'only inserts',
    byId: ['_id_', () => store.sessions.byId('s1')],
    rotate: [
      '_id_',
      () =>
        store.sessions.rotate({ sessionId: 's1', fromGeneration: 1, currentHash: 'h', nextHash: 'i', at: now, expiresAt: now }),
    ],
    byIds: ['_id_', () => store.sessions.byIds(['s1', 's2'])],
    revokedSince: ['revoked', () => store.sessions.revokedSince(at(900), 's900')],
    revoke: ['_id_', () => store.sessions.revoke('s1')],
    revokeAllOf: [['user', '_id_'], () => store.sessions.revokeAllOf('u2', { except: 's9', since: now })],
    listOf: ['user', () => store.sessions.listOf('u1')],
    beyond: ['user', () => store.sessions.beyond('u1', 1)],
  },
  secondFactors: {
    byId: ['_id_', () => store.secondFactors.byId('u1')],
    begin: ['_id_', () => store.secondFactors.begin({ userId: 'u1', secret: 's', kid: 'k1', at: now })],
    confirm: ['_id_', () => store.secondFactors.confirm({ userId: 'u1', secret: 's', step: 1, recoveryCodes: ['m'], at: now })],
    takeStep: ['_id_', () => store.secondFactors.takeStep('u1', 2)],
    takeRecoveryCode: ['_id_', () => store.secondFactors.takeRecoveryCode('u1', 'm', now)],
    replaceRecoveryCodes: ['_id_', () => store.secondFactors.replaceRecoveryCodes('u1', ['n'])],
    remove: ['_id_', () => store.secondFactors.remove('u1')],
    underKey: ['kid', () => store.secondFactors.underKey('k2', 10)],
    reseal: ['_id_', () => store.secondFactors.reseal({ userId: 'u2', fromSecret: 's', secret: 't', kid: 'k1' })],
  },
  serviceKeys: {
    create: 'only inserts',
    byId: ['_id_', () => store.serviceKeys.byId('k1')],
    touch: ['_id_', () => store.serviceKeys.touch('k1', now)],
    revoke: ['_id_', () => store.serviceKeys.revoke('k1')],
    page: ['created', () => store.serviceKeys.page({ after: { createdAt: at(900), id: 'k900' }, limit: 50 })],
  },
  audit: {
    append: 'only inserts',
    last: ['_id_', () => store.audit.last(990)],
    range: ['_id_', () => store.audit.range(500, 600)],
    search: [
      ['actor', 'action', 'at', '_id_'],
      async () => {
        const range = { from: at(100), to: at(110) };
        const filters = [{ actor: 'u1' }, { action: 'a1' }, { actor: 'u1', action: 'a1' }, { actor: 'u1', ...range }, range, {}];
        for (const filter of filters) await store.audit.search({ filter, before: 900, limit: 50 });
      },
    ],
  },
  meta: { ensure: 'only inserts', read: 'one document', renewEpoch: 'one document' },
};

for (const [group, queries] of Object.entries(cases)) {
  describe(group, () => {
    it('has a case for each of its queries', () => {
      expect(Object.keys(queries).sort()).toEqual(Object.keys(store[group as Group]).sort());
    });

    for (const [name, wanted] of Object.entries(queries)) {
      if (typeof wanted === 'string') continue;
      const [index, query] = wanted as [string | string[], () => Promise<unknown>];
      it(`${name} goes through ${[index].flat().join(' or ')}`, async () => {
        const plans = await plansOf(store, query);
        expect(plans).not.toHaveLength(0);
        for (const plan of plans) {
          expect(usesIndex(plan), plan).toBe(true);
          const others = [...indexesOf(plan)].filter((used) => ![index].flat().includes(used));
          expect(others, plan).toEqual([]);
        }
      });
    }
  });
}

it('sees it when a query goes through no index', async () => {
  const plans = await plansOf(store, () => store.models.users.findOne({ displayName: { $eq: 'nobody' } }));
  expect(plans.map(usesIndex)).toEqual([false]);
});
