import { unavailable } from '@storm/shared/node';
import type { Membership } from '@storm/store';
import { beforeEach, expect, it } from 'vitest';
import { AdvisoryAccess } from './advisory-access.js';

let clock: number, asked: number;
let answer: () => Promise<Map<string, Membership>>;
let access: AdvisoryAccess;

const membership = (leftAt: Date | null) => new Map([['u', { userId: 'u', leftAt } as Membership]]);
const require = () => access.requireMember('u', 'c');

beforeEach(() => {
  clock = 1_000_000;
  asked = 0;
  answer = () => Promise.resolve(membership(null));
  const memberships = { of: () => (asked++, answer()) };
  access = new AdvisoryAccess({ memberships, now: () => clock, timeoutMs: 50 });
});

it('asks once, and again after half a minute', async () => {
  await require();
  clock += 29_000;
  await require();
  expect(asked).toBe(1);
  clock += 2_000;
  await require();
  expect(asked).toBe(2);
});

it('never refuses from memory: who just joined is let in', async () => {
  answer = () => Promise.resolve(new Map<string, Membership>());
  await expect(require()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  answer = () => Promise.resolve(membership(null));
  await require();
});

it('forgets who left, once it hears of it', async () => {
  await require();
  answer = () => Promise.resolve(membership(new Date()));
  access.forget('u', 'c');
  await expect(require()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(asked).toBe(2);
});

it('lets known members through while MongoDB is away, however long, asking once a second', async () => {
  await require();
  answer = () => Promise.reject(unavailable('away'));
  clock += 3_600_000;
  for (let i = 0; i < 5; i++) await require();
  expect(asked).toBe(2);
  clock += 1_001;
  await require();
  expect(asked).toBe(3);
});

it('says UNAVAILABLE for who is not known while MongoDB is away, also when it hangs', async () => {
  answer = () => Promise.reject(unavailable('away'));
  await expect(require()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  answer = () => new Promise(() => undefined);
  await expect(require()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

it('does not take a defect for an outage', async () => {
  await require();
  clock += 60_000;
  answer = () => Promise.reject(new TypeError('bug'));
  await expect(require()).rejects.toThrow('bug');
});

it('keeps no more than it may', async () => {
  const memberships = {
    of: (_: string, [userId]: readonly string[]) => (
      asked++,
      Promise.resolve(new Map([[userId ?? '', { leftAt: null } as Membership]]))
    ),
  };
  access = new AdvisoryAccess({ memberships, capacity: 2 });
  for (const user of ['a', 'b', 'c', 'a']) await access.requireMember(user, 'c');
  expect(asked).toBe(4);
});
