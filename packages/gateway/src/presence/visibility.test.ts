import { usersPerQuestion } from '@storm/shared/contracts';
import type { Asker } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { Visibility } from './visibility.js';

/** Answers that every second one is visible, and notes what was asked. */
function anAsker() {
  const seen = { sizes: [] as number[], atOnce: 0, most: 0 };
  const ask = async ({ others }: { others: string[] }) => {
    seen.sizes.push(others.length);
    seen.most = Math.max(seen.most, ++seen.atOnce);
    await Promise.resolve();
    seen.atOnce -= 1;
    return { users: others.filter((_, i) => i % 2 === 0).map((userId) => ({ userId, lastSeenAt: null })) };
  };
  return { seen, asker: { ask } as unknown as Asker };
}

const users = (count: number, letter = 'o') => Array.from({ length: count }, (_, i) => `u${letter}${i}`);

it('remembers so many pairs, both ways, and forgets those that were not needed for longest', async () => {
  const { asker } = anAsker();
  const visibility = new Visibility({ asker, now: () => 0, pairs: 100 });
  const others = users(1_000);
  await visibility.ask('ua', others);
  const known = others.filter((other) => visibility.get(other, 'ua') !== undefined);
  expect(known).toEqual(others.slice(-100));
});

it('asks of 200 users at once, eight times at once, however many want to know', async () => {
  const { asker, seen } = anAsker();
  const visibility = new Visibility({ asker, now: () => 0 });
  const found = await Promise.all(users(80, 'v').map((viewer) => visibility.ask(viewer, users(450))));
  expect(found.every((visible) => visible.size === 225)).toBe(true);
  expect(Math.max(...seen.sizes)).toBe(usersPerQuestion);
  expect(seen.sizes).toHaveLength(80 * 3);
  expect(seen.most).toBe(8);
});

it('believes for a minute that they see each other, and for ten seconds that they do not', async () => {
  const { asker } = anAsker();
  let now = 0;
  const visibility = new Visibility({ asker, now: () => now });
  await visibility.ask('ua', ['ub', 'uc']);
  const look = () => [visibility.get('ua', 'ub'), visibility.get('ua', 'uc')];
  expect(look()).toEqual([true, false]);
  now = 10_000;
  expect(look()).toEqual([true, undefined]);
  now = 60_000;
  expect(look()).toEqual([undefined, undefined]);
});
