import fc from 'fast-check';
import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';
import type { Channel, ChannelFields, ChannelOp } from './index.js';

const { channels } = useStore();
let count = 0;
const newChannel = () => `c${++count}`;

const fields = (given: Partial<ChannelFields> = {}): ChannelFields => ({
  type: 'private',
  name: 'first',
  description: null,
  createdBy: 'ua',
  memberCount: 1,
  isArchived: false,
  erasedAt: null,
  createdAt: new Date(1_000),
  ...given,
});
const created = (channelId: string, given: Partial<ChannelFields> = {}): ChannelOp => ({
  channelId,
  seq: 1,
  insert: fields(given),
});

type Sets = NonNullable<ChannelOp['set']>;
const set: fc.Arbitrary<Sets> = fc.oneof(
  fc.record({ name: fc.constantFrom('$name', 'n1', 'n2', null) }),
  fc.record({ memberCount: fc.nat(9) }),
  fc.record({ isArchived: fc.boolean() }),
);
/** Rows 2, 3 … of one channel. Each holds all that any of them sets, as rows hold absolute state. */
const history = fc.array(set, { minLength: 1, maxLength: 6 }).map((sets) => {
  const state: Sets = { name: 'first', memberCount: 1, isArchived: false };
  return sets.map((change, i) => ({ seq: i + 2, set: { ...Object.assign(state, change) } }));
});

it('ends as the last row says, and never goes back, whatever is redone in whatever order', async () => {
  const run = history.chain((ops) =>
    fc.record({ ops: fc.constant(ops), order: fc.array(fc.nat(ops.length - 1), { maxLength: 8 }) }),
  );
  await fc.assert(
    fc.asyncProperty(run, async ({ ops, order }) => {
      const channelId = newChannel();
      await channels.apply([created(channelId)]);
      let version = 1;
      for (const i of order) {
        await channels.apply([created(channelId), { channelId, ...ops[i]! }]);
        const now = (await channels.get(channelId))?.version ?? 0;
        expect(now).toBe(Math.max(version, ops[i]!.seq));
        version = now;
      }
      await channels.apply([created(channelId), ...ops.map((op) => ({ channelId, ...op }))]);
      expect(await channels.get(channelId)).toEqual({ _id: channelId, ...fields(ops.at(-1)?.set), version: ops.length + 1 });
    }),
    { numRuns: 40 },
  );
});

it('is made once when several writers make it at once', async () => {
  const ids = Array.from({ length: 20 }, newChannel);
  await Promise.all([1, 2, 3, 4].map(() => channels.apply(ids.map((id) => created(id)))));
  expect((await channels.read(ids)).size).toBe(20);
});

it('takes several rows of a channel in one bulk, in their order', async () => {
  const [a, b] = [newChannel(), newChannel()];
  await channels.apply([
    { channelId: b, seq: 1, insert: fields() },
    { channelId: a, seq: 1, insert: fields() },
    { channelId: b, seq: 2, set: { name: 'second' } },
    { channelId: a, seq: 2, set: { isArchived: true } },
    { channelId: b, seq: 3, set: { name: 'third' } },
  ]);
  expect(await channels.get(b)).toMatchObject({ name: 'third', version: 3 });
  expect(await channels.get(a)).toMatchObject({ isArchived: true, version: 2 });
});

it('does not make a channel of a row that is not its first', async () => {
  const channelId = newChannel();
  await channels.apply([{ channelId, seq: 2, set: { name: 'x' } }]);
  expect(await channels.get(channelId)).toBeNull();
});

it('gives those that there are', async () => {
  const id = newChannel();
  await channels.apply([created(id)]);
  expect([...(await channels.read([id, 'c-unknown'])).keys()]).toEqual([id]);
  expect((await channels.byIds([id, 'c-unknown'])).map(({ _id }) => _id)).toEqual([id]);
});

it('pages through public channels without leaving out or repeating one, also with equal times', async () => {
  const ids = Array.from({ length: 23 }, newChannel);
  await channels.apply(ids.map((id, i) => created(id, { type: 'public', createdAt: new Date(5_000 + Math.floor(i / 6)) })));
  await channels.apply([created(newChannel(), { type: 'public', isArchived: true }), created(newChannel())]);
  const seen: Channel[] = [];
  for (;;) {
    const last = seen.at(-1);
    const page = await channels.publicPage({ limit: 5, ...(last && { after: { createdAt: last.createdAt, id: last._id } }) });
    if (page.length === 0) break;
    seen.push(...page);
  }
  expect(seen.map(({ _id }) => _id).sort()).toEqual(ids.sort());
  expect(await channels.publicPage({ isArchived: true, limit: 5 })).toHaveLength(1);
  await expect(channels.publicPage({ limit: 102 })).rejects.toThrow(RangeError);
});
