import { startProxy, testMongoUrl, eventually, uniqueDatabase } from '@storm/devstack/testing';
import { openStore, type Store, type TimelineRow } from '@storm/store';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aStore, silent } from '../../tests/support/place.js';
import { messageRow, systemRow } from '../../tests/support/rows.js';
import { Settler } from './settler.js';

const never = 1_000_000;
const ann = idOf('u', 'ann');
let store: Store;
let leave: () => Promise<void>;
let channelId: string;
let turn = 0;

beforeAll(async () => ({ store, leave } = await aStore()));
afterAll(() => leave());
beforeEach(async () => {
  channelId = idOf('c', `room${++turn}`);
  await store.memberships.apply([{ channelId, userId: ann, seq: 1, joined: { role: 'member', at: new Date(0), position: 0 } }]);
});

const said = (seq: number): TimelineRow => messageRow(seq, seq, { channelId });
const end = (seq: number) => [{ channelId, seq, position: seq }];
const head = async (from = store) => (await from.heads.read([channelId])).get(channelId);
const readPosition = async () => (await store.memberships.of(channelId, [ann])).get(ann)?.readPosition;

/** The store with the calls that note something counted, and told to fail when `failing`. */
function watched(failing: () => string | undefined = () => undefined) {
  const calls: string[] = [];
  const step =
    <A extends unknown[]>(name: string, run: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      calls.push(name);
      if (failing() === name) throw new Error('away');
      await run(...args);
    };
  const memberships = { ...store.memberships, read: step('read', store.memberships.read) };
  const heads = { ...store.heads, advance: step('heads', store.heads.advance) };
  return { calls, settler: new Settler({ store: { ...store, memberships, heads }, log: silent, intervalMs: never }) };
}

it('notes after a while how far a channel is and that its senders have read their own words', async () => {
  const settler = new Settler({ store, log: silent, intervalMs: 1 });
  settler.moved([said(1), said(2), systemRow(3, { kind: 'renamed' })], [{ channelId, seq: 3, position: 2 }]);
  await eventually(async () => (await head())?.seq === 3);
  expect(await head()).toEqual({ seq: 3, position: 2 });
  expect(await readPosition()).toBe(2);
});

it('notes what many jobs did with one update of each, the furthest of all', async () => {
  const { settler, calls } = watched();
  for (const seq of [1, 2, 5, 4, 3]) settler.moved([said(seq)], end(seq));
  await settler.flush();
  expect(calls).toEqual(['read', 'heads']);
  expect(await head()).toEqual({ seq: 5, position: 5 });
  expect(await readPosition()).toBe(5);
  await settler.flush();
  expect(calls).toHaveLength(2);
});

it('does not wait when a channel has much to redo', async () => {
  const { settler } = watched();
  const rows = Array.from({ length: 128 }, (_, i) => said(i + 1));
  settler.moved(rows.slice(0, 127), end(127));
  expect(await head()).toBeUndefined();
  settler.moved(rows.slice(127), end(128));
  await eventually(async () => (await head())?.seq === 128);
  await settler.close();
});

it('is full at its cap, and takes more when it has noted what waits', async () => {
  const settler = new Settler({ store, log: silent, intervalMs: never, capacity: 10 });
  for (let seq = 1; seq <= 100; seq++) {
    expect(settler.full).toBe(false);
    settler.moved([said(seq)], end(seq));
    if (settler.full) await settler.flush();
    expect((await head())?.seq ?? 0).toBe(seq - (seq % 10));
  }
  await settler.close();
});

describe('what can not be noted', () => {
  it.each(['read', 'heads'])('(%s) is put back, together with what came meanwhile', async (broken) => {
    let failing: string | undefined = broken;
    const { settler, calls } = watched(() => failing);
    settler.moved([said(1)], end(1));
    const flushed = settler.flush();
    settler.moved([said(2)], end(2));
    await flushed;
    expect(await head()).toBeUndefined();
    failing = undefined;
    await settler.flush();
    expect(calls.slice(-2)).toEqual(['read', 'heads']);
    expect(await head()).toEqual({ seq: 2, position: 2 });
    expect(await readPosition()).toBe(2);
    await settler.close();
  });

  it('keeps heads from passing read positions', async () => {
    const { settler, calls } = watched(() => 'read');
    settler.moved([said(1)], end(1));
    await settler.flush();
    await settler.flush();
    expect(calls).toEqual(['read', 'read']);
    expect(await head()).toBeUndefined();
    await settler.close();
  });

  it('does not stand in the way of others that flush, or of an end', async () => {
    const { settler, calls } = watched(() => 'heads');
    settler.moved([said(1)], end(1));
    await Promise.all([settler.flush(), settler.flush(), settler.flush()]);
    expect(calls.length).toBeGreaterThanOrEqual(2);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await settler.close();
    settler.moved([said(2)], end(2));
    expect(timers.mock.calls.filter(([, ms]) => ms === never)).toEqual([]);
    timers.mockRestore();
  });
});

it('tries again by itself when MongoDB is back', async () => {
  const { hostname, port } = new URL(testMongoUrl());
  const proxy = await startProxy({ target: { host: hostname, port: Number(port) } });
  const url = new URL(testMongoUrl());
  url.host = `127.0.0.1:${proxy.port}`;
  const database = uniqueDatabase();
  const far = openStore({ url: url.href, database, serverSelectionTimeoutMs: 100 });
  await far.connected();
  const settler = new Settler({ store: far, log: silent, intervalMs: 10 });
  await proxy.refuse();
  settler.moved([said(1)], end(1));
  await settler.flush();
  await proxy.accept();
  await eventually(async () => (await head(far))?.seq === 1);
  await settler.close();
  await far.connection.dropDatabase();
  await far.close();
  await proxy.stop();
});
