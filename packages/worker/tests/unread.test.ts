import { randomUUID } from 'node:crypto';
import type { ChangeBody } from '@storm/shared/contracts';
import type { ChannelCursor } from '@storm/shared/protocol';
import type { TimelineRow } from '@storm/store';
import { eventually, scaled } from '@storm/devstack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';
import { seeded } from './support/scheduler.js';

const seed = Number(process.env['STORM_TEST_SEED'] ?? Date.now() % 1_000_000);
const random = seeded(seed);
const below = (n: number) => Math.floor(random() * n);
const one = <T>(list: readonly T[]): T => list[below(list.length)] as T;

interface Person {
  id: string;
  name: string;
}
interface Room {
  id: string;
  /** As the verdicts say. */
  last: number;
  messages: { id: string; by: string }[];
}

let rig: Rig;
let people: Person[];
let rooms: Room[];
/** What changes mention, by their id: usernames. */
const mentionedBy = new Map<string, string[]>();
const reads: { userId: string; channelId: string; position: number }[] = [];

beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await rig.startWorker();
  people = await Promise.all(['ann', 'bob', 'cyd', 'dan', 'eve'].map(async (name) => ({ id: await rig.user(name), name })));
  const owner = people[0]?.id ?? '';
  rooms = [];
  for (let i = 0; i < 2; i++) rooms.push({ id: await rig.channel(owner, 'public'), last: 0, messages: [] });
});
afterAll(() => rig.stop());

async function act(room: Room): Promise<void> {
  const by = one(people);
  const changeId = randomUUID();
  const submit = (body: ChangeBody) => rig.submit(rig.change(room.id, by.id, body, { changeId, wantsState: false }));
  const names = random() < 0.3 ? [one(people).name] : [];
  const text = `hello ${names.map((name) => `@${name}`).join(' ')}`;
  const dice = random();
  if (dice < 0.06) return void (await submit({ kind: dice < 0.03 && by !== people[0] ? 'leave' : 'join' }));
  mentionedBy.set(changeId, names);
  if (dice < 0.12 && room.messages.length > 0) {
    const recent = one(room.messages.slice(-50));
    const body: ChangeBody = dice < 0.08 ? { kind: 'delete', id: recent.id } : { kind: 'edit', id: recent.id, text };
    await rig.submit(rig.change(room.id, recent.by, body, { changeId, wantsState: false }));
    return;
  }
  const { status, position, id } = await submit({ kind: 'message', text, threadId: null, clientTs: 0 });
  if (status !== 'persisted' || position === undefined || id === undefined) return;
  room.last = Math.max(room.last, position);
  room.messages.push({ id, by: by.id });
}

/** Somebody reads, member or not; what is beyond the last message is read once nothing more is said. */
function readSomething(position: (room: Room) => number): void {
  const room = one(rooms);
  const mark = { channelId: room.id, userId: one(people).id, position: position(room) };
  reads.push(mark);
  rig.intake.read(mark);
}

/** Where everybody stands, counted row by row. */
function recount(room: Room, rows: readonly TimelineRow[]): Map<string, ChannelCursor> {
  const idOf = new Map(people.map(({ id, name }) => [name, id]));
  const members = new Set<string>();
  const readTo = new Map<string, number>();
  const mentions = new Map<number, string[]>();
  let position = 0;
  const mentioned = ({ changeId }: TimelineRow) =>
    (mentionedBy.get(changeId) ?? []).map((name) => idOf.get(name) ?? '').filter((id) => members.has(id));
  const forward = (userId: string, to: number) => readTo.set(userId, Math.max(to, readTo.get(userId) ?? 0));
  for (const row of rows) {
    if (row.kind === 'message') {
      position += 1;
      mentions.set(position, mentioned(row));
      forward(row.senderId, position);
    } else if (row.kind === 'edit') mentions.set(row.target, mentioned(row));
    else if (row.kind === 'system' && row.system.kind === 'left') members.delete(row.senderId);
    else if (row.kind === 'system') {
      members.add(row.senderId);
      forward(row.senderId, position);
    }
  }
  for (const { channelId, userId, position: to } of reads) if (channelId === room.id) forward(userId, Math.min(to, position));
  return new Map(
    [...members].map((userId) => {
      const readPosition = readTo.get(userId) ?? 0;
      const isUnread = (at: number) => at > readPosition;
      const positions = Array.from({ length: position }, (_, i) => i + 1);
      const own = positions.filter((at) => isUnread(at) && mentions.get(at)?.includes(userId));
      const unread = positions.filter(isUnread).length;
      return [userId, { channelId: room.id, seq: rows.length, position, readPosition, unread, mentions: own.length }];
    }),
  );
}

it(`agrees with a recount of everything said and read (seed ${seed})`, { timeout: 15 * 60_000 }, async () => {
  const operations = scaled(100_000, 2_000);
  const batch = 1_000;
  for (let done = 0; done < operations; done += batch) {
    const acts: Promise<void>[] = [];
    for (let i = 0; i < batch; i++) {
      if (random() < 0.4) readSomething(({ last }) => below(last + 1));
      else acts.push(act(one(rooms)));
    }
    await Promise.all(acts);
  }
  for (let i = 0; i < 3; i++) readSomething(({ last }) => last + 1 + below(100));

  for (const room of rooms) {
    const rows: TimelineRow[] = [];
    const next = () => rig.store.timeline.rowsAbove(room.id, rows.at(-1)?.seq ?? 0, 500);
    for (let more = await next(); more.length > 0; more = await next()) rows.push(...more);
    const expected = recount(room, rows);
    for (const { id: userId } of people) {
      let found: ChannelCursor | undefined;
      const agrees = async () => {
        const { channels } = await rig.asker.ask({ kind: 'memberships', userId });
        found = channels.find(({ channelId }) => channelId === room.id);
        return JSON.stringify(found) === JSON.stringify(expected.get(userId));
      };
      await eventually(agrees).catch(() => undefined);
      expect(found, `of ${userId}`).toEqual(expected.get(userId));
    }
  }
});
