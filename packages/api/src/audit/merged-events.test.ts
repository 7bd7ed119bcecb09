import { setTimeout as delay } from 'node:timers/promises';
import { newUserId } from '@storm/shared/contracts';
import { createLogger, unavailable } from '@storm/shared/node';
import { beforeEach, expect, it } from 'vitest';
import type { AuditEvent } from './audit-event.js';
import { MergedEvents } from './merged-events.js';

let written: AuditEvent[];
let away: boolean;
beforeEach(() => {
  written = [];
  away = false;
});

async function record(event: AuditEvent): Promise<void> {
  await delay(0);
  if (away) throw unavailable('The database is away');
  written.push(event);
}
const merged = (kindsMax = 10) =>
  new MergedEvents({
    record,
    windowMs: 3_600_000,
    kindsMax,
    other: ({ action }) => ({ actor: null, action }),
    log: createLogger('test', 'silent'),
  });
const failed = (address: string, actor: string | null = null): AuditEvent => ({ actor, action: 'login-failed', address });
const countOf = ({ details }: AuditEvent): number => details?.count ?? 1;

it('records the first of a kind at once, and those after it as one with their count', async () => {
  const [events, ann] = [merged(), newUserId()];
  for (let i = 0; i < 5; i++) events.note(failed('192.0.2.1'));
  events.note(failed('192.0.2.1', ann));
  await expect.poll(() => written).toEqual([failed('192.0.2.1'), failed('192.0.2.1', ann)]);
  await events.flush();
  expect(written.slice(2)).toEqual([{ ...failed('192.0.2.1'), details: { count: 4 } }]);
  events.note(failed('192.0.2.1'));
  await expect.poll(() => written.length).toBe(4);
  expect(written[3]).toEqual(failed('192.0.2.1'));
  await events.stop();
});

it('writes few entries of a flood from everywhere, and counts every one of them', async () => {
  const events = merged(10);
  for (let i = 0; i < 50_000; i++) events.note(failed(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
  await events.stop();
  expect(written.length).toBeLessThanOrEqual(12);
  expect(written.reduce((sum, event) => sum + countOf(event), 0)).toBe(50_000);
});

it('keeps what can not be written, and writes it once when it can', async () => {
  const events = merged();
  away = true;
  for (let i = 0; i < 3; i++) events.note(failed('192.0.2.1'));
  await events.flush();
  events.note(failed('192.0.2.1'));
  await events.flush();
  expect(written).toEqual([]);
  away = false;
  await events.flush();
  await events.stop();
  expect(written).toEqual([{ ...failed('192.0.2.1'), details: { count: 4 } }]);
});

it('holds no more than its kinds, however long nothing can be written', async () => {
  const events = merged(3);
  away = true;
  for (let i = 0; i < 40; i++) {
    events.note(failed(`192.0.2.${i}`));
    await events.flush();
  }
  away = false;
  await events.stop();
  expect(written.length).toBeLessThanOrEqual(4);
  expect(written.reduce((sum, event) => sum + countOf(event), 0)).toBe(40);
});

it('ends a window by itself', async () => {
  const log = createLogger('test', 'silent');
  const events = new MergedEvents({ record, windowMs: 5, kindsMax: 1, other: (event) => event, log });
  for (let i = 0; i < 3; i++) events.note(failed('192.0.2.1'));
  await expect.poll(() => written.map(countOf)).toEqual([1, 2]);
  await events.stop();
});
