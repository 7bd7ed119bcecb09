import { expect, it } from 'vitest';
import { Passwords } from './passwords.js';

const cheap = { memoryKiB: 64, passes: 1, parallel: 2 };

it('knows a password again, and no other', async () => {
  const passwords = new Passwords(cheap);
  const hash = await passwords.hash('Correct-horse-1');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  expect(await passwords.verify(hash, 'Correct-horse-1')).toBe(true);
  expect(await passwords.verify(hash, 'correct-horse-1')).toBe(false);
});

it('knows nobody who is not there, whatever they say', async () => {
  expect(await new Passwords(cheap).verify(undefined, 'anything')).toBe(false);
});

it('does the same work for who is not there: the cost is that of a hash', async () => {
  const passwords = new Passwords({ memoryKiB: 19_456, passes: 2, parallel: 1 });
  const hash = await passwords.hash('x');
  const time = async (stored: string | undefined) => {
    const began = performance.now();
    for (let i = 0; i < 5; i++) await passwords.verify(stored, 'y');
    return performance.now() - began;
  };
  await time(undefined);
  const [known, unknown] = [await time(hash), await time(undefined)];
  expect(unknown).toBeGreaterThan(known / 4);
});

it('refuses when too many wait', async () => {
  const passwords = new Passwords({ ...cheap, parallel: 1, waiting: 2 });
  await passwords.hash('warm');
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => passwords.hash('x')));
  const refused = all.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(all.length - refused.length).toBe(3);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 2_000 });
});

it('tells a hash of another cost, and says how much it hashed', async () => {
  let hashes = 0;
  const passwords = new Passwords({ ...cheap, onHash: () => hashes++ });
  const hash = await passwords.hash('x');
  const before = hashes;
  await passwords.verify(hash, 'x');
  await passwords.verify(undefined, 'x');
  expect(hashes - before).toBe(2);
  expect(passwords.isOutdated(hash)).toBe(false);
  expect(new Passwords({ ...cheap, memoryKiB: 128 }).isOutdated(hash)).toBe(true);
  expect(new Passwords({ ...cheap, passes: 2 }).isOutdated(hash)).toBe(true);
  expect(passwords.isOutdated(hash.replace('argon2id', 'argon2i'))).toBe(true);
  expect(passwords.isOutdated(hash.replace('p=1', 'p=2'))).toBe(true);
});
