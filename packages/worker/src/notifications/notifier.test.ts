import type { Store } from '@storm/store';
import { expect, it } from 'vitest';
import { messageRow } from '../../tests/support/rows.js';
import type { Publisher } from '../events/publisher.js';
import { Notifier } from './notifier.js';

it('remembers the two of so many direct messages, those of the latest', async () => {
  let reads = 0;
  const members = () => {
    reads += 1;
    return Promise.resolve([{ userId: 'ua' }, { userId: 'ub' }]);
  };
  const store = { memberships: { members }, notifications: { insertNew: () => Promise.resolve([]) } } as unknown as Store;
  const publisher = { tellUsers: () => Promise.resolve() } as unknown as Publisher;
  const notifier = new Notifier({ store, publisher, pairs: 100 });
  const say = async (from: number, to: number) => {
    reads = 0;
    await notifier.run(
      Array.from({ length: to - from }, (_, i) => messageRow(1, 1, { channelId: `d${from + i}`, senderId: 'ua' })),
    );
    return reads;
  };
  expect(await say(0, 1_000)).toBe(1_000);
  expect(await say(900, 1_000)).toBe(0);
  expect(await say(0, 10)).toBe(10);
});
