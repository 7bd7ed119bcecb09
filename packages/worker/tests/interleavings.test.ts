import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TimelineRow } from '@storm/store';
import { scaled } from '@storm/devstack/testing';
import { readText } from '../src/crypto/text.js';
import { ChannelKeys } from '../src/crypto/channel-keys.js';
import { keyOf } from '../src/changes/opened-change.js';
import { createRig, type Rig } from './support/rig.js';
import { play, type Outcome } from './support/world.js';

let rig: Rig;
let users: string[];
beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  await rig.store.connected();
  await rig.store.createIndexes();
  users = await Promise.all(['player_0', 'player_1', 'player_2'].map((name) => rig.user(name)));
});
afterAll(() => rig.stop());

it('keeps the laws under random interleavings, deaths, takeovers and lost answers', { timeout: 15 * 60_000 }, async () => {
  const runs = scaled(1_000, 40);
  const first = Number(process.env['STORM_TEST_SEED'] ?? 1);
  const tally = { late: 0, broken: [] as string[] };
  let seed = first;
  const lane = async () => {
    while (seed < first + runs) {
      const own = seed++;
      const outcome = await play(own, rig, users);
      tally.late += Number(outcome.late);
      for (const broken of await violations(outcome)) tally.broken.push(`seed ${own}: ${broken}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  process.stdout.write(`interleavings: ${runs} runs, ${tally.late} left something to the sweep\n`);
  expect(tally.broken).toEqual([]);
});

/** Everything that a law forbids, held against a sequential replay of the rows. */
async function violations({ channels, jobs, verdicts, logExpired }: Outcome): Promise<string[]> {
  const bad: string[] = [];
  const keys = new ChannelKeys({ store: rig.store, masterKeys: rig.config.MASTER_KEYS, maxAgeMs: 1e12 });
  const { epoch } = await rig.store.meta.ensure({ shards: 1 });
  const copies = jobs.flatMap(({ entries }) => entries);
  const rowByKey = new Map<string, TimelineRow>();

  for (const channelId of channels) {
    const rows = await rig.store.timeline.rowsAbove(channelId, 0, 1_000);
    const members = new Set<string>();
    const deleted = new Set<number>();
    const text = new Map(copies.map((entry) => [keyOf(entry), 'text' in entry.body ? entry.body.text : undefined]));
    /** By position: the row of the last edit, and who reacted with what. */
    const edited = new Map<number, TimelineRow>();
    const reacted = new Map<number, Set<string>>();
    let position = 0;
    let name: string | null | undefined;
    for (const [i, row] of rows.entries()) {
      if (row.seq !== i + 1) bad.push('a hole in seq');
      if (rowByKey.has(keyOf(row))) bad.push('a change has two rows');
      rowByKey.set(keyOf(row), row);
      const joins = row.kind === 'system' && (row.system.kind === 'created' || row.system.kind === 'joined');
      if (!joins && !members.has(row.senderId)) bad.push(`${row.kind} by somebody who was no member`);
      if (row.kind === 'message' && row.position !== ++position) bad.push('a hole in position');
      if (row.kind === 'delete') deleted.add(row.target);
      if (row.kind !== 'delete' && 'target' in row && deleted.has(row.target)) bad.push(`${row.kind} after a deletion`);
      if (row.kind === 'edit') {
        edited.set(row.target, row);
        const original = rows.find((other) => other.kind === 'message' && other.position === row.target);
        if (original?.senderId !== row.senderId) bad.push('an edit by somebody else');
      }
      if (row.kind === 'reaction') {
        const standing = reacted.get(row.target) ?? new Set();
        reacted.set(row.target, standing);
        const own = `${row.senderId} ${row.emoji}`;
        if (standing.has(own) === row.added) bad.push('a reaction that changed nothing');
        if (row.added) standing.add(own);
        else standing.delete(own);
        if (!isDeepStrictEqual(row.reactions, counted(standing))) bad.push('wrong counts of reactions');
      }
      if (row.kind === 'system') {
        if (joins) members.add(row.system.userId ?? row.senderId);
        if (row.system.kind === 'left') members.delete(row.system.userId ?? '');
        if (row.system.kind === 'created' || row.system.kind === 'renamed') name = row.system.name;
        if (row.system.memberCount !== members.size) bad.push('a wrong count of members');
      }
    }
    for (const row of rows) {
      if (row.kind !== 'message') continue;
      const isDeleted = deleted.has(row.position);
      const expected = isDeleted ? null : text.get(keyOf(edited.get(row.position) ?? row));
      const standing = isDeleted ? new Set<string>() : (reacted.get(row.position) ?? new Set<string>());
      if (!isDeepStrictEqual(row.reactions, counted(standing)))
        bad.push(`reactions to ${row.position} are not what they should be`);
      for (const userId of isDeleted ? [] : users) {
        const own = (await rig.store.reactions.ofUser(channelId, userId, [row.position])).get(row.position) ?? [];
        const wanted = [...standing].filter((key) => key.startsWith(userId)).length;
        if (own.length !== wanted) bad.push('own reactions differ from the rows');
      }
      if ((await readText(row, keys)) !== expected) bad.push(`text of ${row.position} is not what it should be`);
    }
    bad.push(...(await wrongBells(channelId, rows, text)));
    const stored = await rig.store.memberships.of(channelId, users);
    for (const userId of users) {
      const active = stored.get(userId)?.leftAt === null;
      if (active !== members.has(userId)) bad.push('memberships differ from the rows');
    }
    const channel = (await rig.store.channels.read([channelId])).get(channelId);
    if (channel?.memberCount !== members.size || channel.name !== name) bad.push('the channel differs from its rows');
    const held = await rig.store.names.ofChannel(channelId);
    if (name && !held.some(({ nameLower }) => nameLower === name?.toLowerCase())) bad.push('a name is borne and not reserved');
    if ((await rig.redis.hget(rig.names.head(channelId, epoch), 'seq')) !== String(rows.length)) bad.push('not all is published');
    if (!logExpired) {
      const log = await rig.redis.xrange(rig.names.log(channelId, epoch), '-', '+');
      let at = 0;
      for (const [id, fields] of log) {
        if (Number(fields[1]) > at + 1) bad.push('a hole in the log');
        at = parseInt(id, 10);
      }
    }
  }
  const names = await Promise.all(channels.map(async (id) => (await rig.store.channels.read([id])).get(id)?.name));
  if (new Set(names).size < names.length) bad.push('two public channels bear one name');

  for (const entry of copies) {
    const given = verdicts.get(entry.intakeId) ?? [];
    const row = rowByKey.get(keyOf(entry));
    if (given.length === 0) bad.push('no verdict');
    for (const { status, code } of given) {
      if (status === 'persisted' && row?.intakeId !== entry.intakeId) bad.push('told persisted without a row of its own');
      if (status === 'conflict') bad.push('the same body called a conflict');
      // A taker that does not know that it lost the job may refuse what the other one stores: the guard is there for that.
      const stored = row?.intakeId === entry.intakeId && !given.some((other) => other.status === 'persisted');
      if (status === 'failed' && stored) bad.push(`told failed (${code}) what is stored`);
      if (status === 'failed' && code === 'INTERNAL_ERROR') bad.push('dead letter');
    }
  }
  const refused = new Set(
    [...verdicts].flatMap(([intakeId, given]) => (given.some(({ status }) => status !== 'persisted') ? [intakeId] : [])),
  );
  for (const userId of users)
    for (const channelId of channels) bad.push(...disorder({ copies, rowByKey, refused }, userId, channelId));
  return bad;
}

/** Whoever a row mentions has been told, once for each message; nobody else has, but whom a first version named. */
async function wrongBells(
  channelId: string,
  rows: readonly TimelineRow[],
  text: Map<string, string | undefined>,
): Promise<string[]> {
  const found = await rig.store.models.notifications.collection.find({ 'data.channelId': channelId }).toArray();
  const told = new Set(found.map(({ userId, key }) => `${userId} ${key}`));
  const bad = told.size < found.length ? ['somebody was told twice of one message'] : [];
  let known = 0;
  for (const message of rows) {
    if (message.kind !== 'message') continue;
    const versions = [message, ...rows.filter((row) => row.kind === 'edit' && row.target === message.position)];
    for (const [i, userId] of users.entries()) {
      const isTold = told.has(`${userId} ${channelId}:${message.seq}`);
      known += Number(isTold);
      const isNamed = versions.some((row) => text.get(keyOf(row))?.includes(`@player_${i}`));
      const isMentioned = versions.some((row) => 'mentions' in row && row.mentions.includes(userId));
      if (isTold && (!isNamed || userId === message.senderId)) bad.push('a notification without its mention');
      if (!isTold && isMentioned && userId !== message.senderId) bad.push('a mention without its notification');
    }
  }
  return known < told.size ? [...bad, 'a notification of no message'] : bad;
}

/** Users and emoji as counts by emoji. */
function counted(standing: ReadonlySet<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of standing) {
    const emoji = key.split(' ')[1] ?? '';
    counts[emoji] = (counts[emoji] ?? 0) + 1;
  }
  return counts;
}

interface Decided {
  copies: Outcome['jobs'][number]['entries'];
  rowByKey: Map<string, TimelineRow>;
  /** Intake ids of copies that some taker refused. */
  refused: Set<string>;
}

/** Is a sender's order kept? Of first copies: a later copy may be stored where the first was refused. */
function disorder({ copies, rowByKey, refused }: Decided, userId: string, channelId: string): string[] {
  const firsts = new Map<string, string>();
  for (const entry of copies) {
    if (entry.senderId === userId && entry.channelId === channelId && !firsts.has(keyOf(entry)))
      firsts.set(keyOf(entry), entry.intakeId);
  }
  const seqs = [...firsts].flatMap(([key, intakeId]) => {
    const row = rowByKey.get(key);
    return row?.intakeId === intakeId && !refused.has(intakeId) ? [row.seq] : [];
  });
  return seqs.some((seq, i) => i > 0 && seq < (seqs[i - 1] ?? 0)) ? ['the order of a sender'] : [];
}
