import { expect, it } from 'vitest';
import { useStore } from '../../tests/support/test-store.js';

const { names } = useStore();

it('gives a name to one of many who ask at once', async () => {
  const channels = Array.from({ length: 10 }, (_, i) => `c${i}`);
  const answers = await Promise.all(channels.map((channelId) => names.reserve('lobby', channelId, 'claim')));
  expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'held-by-other')).toHaveLength(9);
});

it('lets the channel that holds a name reserve it again, and then knows the new claim alone', async () => {
  expect(await names.reserve('mine', 'ca', 'first')).toBe('reserved');
  expect(await names.reserve('mine', 'ca', 'second')).toBe('reserved');
  expect(await names.reserve('mine', 'cb', 'third')).toBe('held-by-other');
  await names.release('mine', 'ca', 'first');
  expect(await names.ofChannel('ca')).toEqual([{ nameLower: 'mine', claim: 'second' }]);
});

it('releases a name for its holder alone', async () => {
  await names.reserve('freed', 'cc', 'claim');
  await names.release('freed', 'cd', 'claim');
  expect(await names.reserve('freed', 'cd', 'other')).toBe('held-by-other');
  await names.release('freed', 'cc', 'claim');
  expect(await names.reserve('freed', 'cd', 'other')).toBe('reserved');
});

it('has one holder at a time while a name changes hands', async () => {
  const holders = new Set<string>();
  let held = 0;
  const takeTurns = async (channelId: string) => {
    for (let i = 0; i < 25; i++) {
      if ((await names.reserve('hot', channelId, `${i}`)) !== 'reserved') continue;
      held++;
      holders.add(channelId);
      expect(holders.size).toBe(1);
      holders.delete(channelId);
      await names.release('hot', channelId, `${i}`);
    }
  };
  await Promise.all(['ce', 'cf', 'cg'].map(takeTurns));
  expect(held).toBeGreaterThan(0);
  expect(await names.reserve('hot', 'ch', 'last')).toBe('reserved');
});

it('lists what a channel holds', async () => {
  await names.reserve('old', 'cz', 'a');
  await names.reserve('new', 'cz', 'b');
  const held = await names.ofChannel('cz');
  expect(held.map(({ nameLower }) => nameLower).sort()).toEqual(['new', 'old']);
  expect(await names.ofChannel('cy')).toEqual([]);
});
