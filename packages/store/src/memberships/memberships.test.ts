import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { Membership, MembershipOp } from './index.js';

const { memberships } = useStore();
let count = 0;
const newChannel = () => `c${String(++count).padStart(5, '0')}`;
const at = (ms: number) => new Date(ms);

const joined = (channelId: string, userId: string, seq: number, position = 0): MembershipOp => ({
  channelId,
  userId,
  seq,
  joined: { role: 'member', at: at(seq), position },
});
const only = async (channelId: string, userId: string) => (await memberships.of(channelId, [userId])).get(userId);

type Change = Omit<MembershipOp, 'channelId' | 'userId' | 'seq'>;
const change = fc.oneof(
  fc
    .record({ role: fc.constantFrom('owner' as const, 'moderator' as const, 'member' as const), position: fc.nat(100) })
    .map((join): Change => ({ joined: { ...join, at: at(join.position) } })),
  fc.constantFrom('owner' as const, 'moderator' as const).map((role): Change => ({ role })),
  fc.nat(100).map((ms): Change => ({ left: at(ms) })),
);

/** What memberships are after rows, one after the other. */
function replay(channelId: string, ops: (Change & { seq: number })[]): Membership | undefined {
  let state: Membership | undefined;
  for (const { seq, joined: join, role, left } of ops) {
    if (join) {
      const readPosition = Math.max(state?.readPosition ?? 0, join.position);
      state = {
        channelId,
        userId: 'ua',
        role: join.role,
        joinedAt: join.at,
        joinedPosition: join.position,
        readPosition,
        readAt: null,
        version: seq,
        leftAt: null,
      };
    } else if (state) {
      state = { ...state, version: seq, ...(role && { role }), ...(left && { leftAt: left }) };
    }
  }
  return state;
}

it('ends as a replay of the rows says, and never goes back, whatever is redone in whatever order', async () => {
  const run = fc
    .tuple(change, fc.array(change, { maxLength: 5 }))
    .map(([first, rest]) =>
      [first.joined ? first : { joined: { role: 'member' as const, at: at(0), position: 0 } }, ...rest].map((op, i) => ({
        ...op,
        seq: i + 1,
      })),
    )
    .chain((ops) => fc.record({ ops: fc.constant(ops), order: fc.array(fc.nat(ops.length - 1), { maxLength: 8 }) }));
  await fc.assert(
    fc.asyncProperty(run, async ({ ops, order }) => {
      const channelId = newChannel();
      const apply = (list: (Change & { seq: number })[]) =>
        memberships.apply(list.map((op) => ({ channelId, userId: 'ua', ...op })));
      // A crash leaves what a prefix of the rows made; then old rows come again, one by one.
      await apply(ops);
      const after = replay(channelId, ops);
      expect(await only(channelId, 'ua')).toEqual(after);
      for (const i of order) await apply([ops[i]!]);
      expect(await only(channelId, 'ua')).toEqual(after);
    }),
    { numRuns: 60 },
  );
});

it('comes to the same when rows are done again from any one on, by two writers at once', async () => {
  const run = fc
    .array(change, { minLength: 1, maxLength: 6 })
    .map((ops) =>
      [{ joined: { role: 'owner' as const, at: at(0), position: 0 } }, ...ops].map((op, i) => ({ ...op, seq: i + 1 })),
    )
    .chain((ops) => fc.record({ ops: fc.constant(ops), done: fc.nat(ops.length - 1) }));
  await fc.assert(
    fc.asyncProperty(run, async ({ ops, done }) => {
      const channelId = newChannel();
      const apply = (list: (Change & { seq: number })[]) =>
        memberships.apply(list.map((op) => ({ channelId, userId: 'ua', ...op })));
      await apply(ops.slice(0, done + 1));
      await Promise.all([apply(ops), apply(ops.slice(done))]);
      expect(await only(channelId, 'ua')).toEqual(replay(channelId, ops));
    }),
    { numRuns: 40 },
  );
});

it('brings nobody back who left, when their joining is done again', async () => {
  const channelId = newChannel();
  const join = joined(channelId, 'ua', 1);
  await memberships.apply([join]);
  await memberships.apply([{ channelId, userId: 'ua', seq: 2, left: at(2) }]);
  await memberships.apply([join]);
  expect((await only(channelId, 'ua'))?.leftAt).toEqual(at(2));
  await memberships.apply([joined(channelId, 'ua', 3, 7)]);
  expect(await only(channelId, 'ua')).toMatchObject({ leftAt: null, joinedPosition: 7, readPosition: 7, version: 3 });
});

it('keeps what was read when somebody joins again', async () => {
  const channelId = newChannel();
  await memberships.apply([joined(channelId, 'ua', 1)]);
  await memberships.read([{ channelId, userId: 'ua', position: 9 }], at(500));
  await memberships.apply([joined(channelId, 'ua', 2, 4)]);
  expect(await only(channelId, 'ua')).toMatchObject({ joinedPosition: 4, readPosition: 9, readAt: at(500) });
});

it('takes the same joins of several writers at once', async () => {
  const channelId = newChannel();
  const users = Array.from({ length: 30 }, (_, i) => `u${i}`);
  await Promise.all([0, 1].map(() => memberships.apply(users.map((userId, i) => joined(channelId, userId, i + 1)))));
  const found = await memberships.of(channelId, users);
  expect(users.map((userId) => found.get(userId)?.version)).toEqual(users.map((_, i) => i + 1));
});

it('moves read positions forward only, with the time of the move', async () => {
  const channelId = newChannel();
  await memberships.apply([joined(channelId, 'ua', 1), joined(channelId, 'ub', 2)]);
  await memberships.read(
    [
      { channelId, userId: 'ua', position: 5 },
      { channelId, userId: 'ub', position: 2 },
    ],
    at(10),
  );
  await memberships.read(
    [
      { channelId, userId: 'ua', position: 3 },
      { channelId, userId: 'ub', position: 2 },
    ],
    at(20),
  );
  expect(await only(channelId, 'ua')).toMatchObject({ readPosition: 5, readAt: at(10) });
  expect(await only(channelId, 'ub')).toMatchObject({ readPosition: 2, readAt: at(10) });
  await memberships.read([]);
  await memberships.apply([]);
});

it('makes no membership of a read position, a role or a leave', async () => {
  const channelId = newChannel();
  await memberships.read([{ channelId, userId: 'ua', position: 5 }]);
  await memberships.apply([
    { channelId, userId: 'ua', seq: 1, role: 'owner' },
    { channelId, userId: 'ua', seq: 2, left: at(1) },
  ]);
  expect(await only(channelId, 'ua')).toBeUndefined();
});

it('pages through the members of a channel and the channels of a user, without who left', async () => {
  const channels = Array.from({ length: 7 }, newChannel);
  const users = ['va', 'vb', 'vc', 'vd', 've'];
  await memberships.apply(channels.flatMap((channelId) => users.map((userId, i) => joined(channelId, userId, i + 1))));
  const [first = '', second = ''] = channels;
  await memberships.apply([{ channelId: first, userId: 'vb', seq: 9, left: at(9) }]);

  const members: string[] = [];
  for (let after: string | undefined; ; after = members.at(-1)) {
    const page = await memberships.members(first, { limit: 2, ...(after && { afterUserId: after }) });
    if (page.length === 0) break;
    members.push(...page.map(({ userId }) => userId));
  }
  expect(members).toEqual(['va', 'vc', 'vd', 've']);

  const mine: string[] = [];
  for (let after: string | undefined; ; after = mine.at(-1)) {
    const page = await memberships.forUser('vb', { limit: 3, ...(after && { afterChannelId: after }) });
    if (page.length === 0) break;
    mine.push(...page.map(({ channelId }) => channelId));
  }
  expect(mine).toEqual(channels.slice(1));

  expect([...(await memberships.ofUserAmong('vb', [...channels, 'c-unknown'])).keys()].sort()).toEqual(channels.slice(1));
  expect(await memberships.activeAmong(first, [...users, 'vz'])).toEqual(new Set(['va', 'vc', 'vd', 've']));
  expect(await memberships.activeAmong(second, ['vb'])).toEqual(new Set(['vb']));
  await expect(memberships.members(first, { limit: 0 })).rejects.toThrow(RangeError);
});
