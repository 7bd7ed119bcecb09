import { describe, expect, it } from 'vitest';
import { limits } from './limits.js';
import { NotificationData, NotificationSend } from './notifications.js';

const takes = (data: unknown) => NotificationData.safeParse(data).success;

describe('the data of a notification', () => {
  it('is ids and short words, two deep at most', () => {
    expect(takes({})).toBe(true);
    expect(takes({ jobId: 'j1', n: 1.5, done: true, none: null, more: { id: 'x' } })).toBe(true);
    expect(takes({ more: { deeper: {} } })).toBe(false);
    expect(takes({ list: ['x'] })).toBe(false);
    expect(takes({ text: 'x'.repeat(257) })).toBe(false);
    expect(takes({ lone: '\ud800' })).toBe(false);
    for (const name of ['$ne', 'a.b', '', '1st', 'x'.repeat(65)]) expect(takes({ [name]: 1 }), name).toBe(false);
    for (const text of ['{"__proto__":{"x":1}}', '{"more":{"__proto__":{"x":1}}}']) expect(takes(JSON.parse(text))).toBe(false);
  });

  it('is 2 KiB of JSON at most, whatever its characters', () => {
    const of = (count: number, character: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, character.repeat(200)]));
    expect([takes(of(9, 'x')), takes(of(10, 'x')), takes(of(5, 'ä')), takes(of(6, 'ä'))]).toEqual([true, false, true, false]);
    expect(limits.notificationDataBytes).toBe(2_048);
  });
});

describe('sending', () => {
  const id = (i: number) => `u${String(i).padStart(22, '0')}`;
  const sent = { key: 'job:1', type: 'job-done', data: {} };
  const sends = (more: object) => NotificationSend.safeParse({ ...sent, ...more }).success;

  it('is to exactly one of named users, a role, and all', () => {
    expect([{ userIds: [id(1)] }, { role: 'member' }, { all: true }].map(sends)).toEqual([true, true, true]);
    expect([{}, { all: false }, { all: true, role: 'member' }, { userIds: [id(1)], role: 'member' }].some(sends)).toBe(false);
  });

  it('names at most 1,000 users, each once', () => {
    const ids = Array.from({ length: 1_001 }, (_, i) => id(i));
    expect([ids.slice(0, 1_000), ids, [], [id(1), id(1)]].map((userIds) => sends({ userIds }))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('never passes for what Storm makes itself', () => {
    for (const type of ['mention', 'dm', 'Mention', '', 'a b', '$x']) expect(sends({ all: true, type }), type).toBe(false);
  });
});
