import { expect, it } from 'vitest';
import { channelsPerUser, LocalUser } from './local-user.js';

const many = (count: number) => Array.from({ length: count }, (_, i) => `c${i}`);
const kept = 256;

it('remembers the latest changes of membership and read positions, and forgets the oldest', () => {
  const user = new LocalUser('ua');
  const ids = many(10 * kept);
  for (const id of ids) {
    user.note(id, 5, true);
    user.noteRead(id, 3);
  }
  expect(ids.filter((id) => user.hasSeen(id, 5))).toEqual(ids.slice(-kept));
  expect(ids.filter((id) => user.readPosition(id) === 3)).toEqual(ids.slice(-kept));
});

it('collects for an answer that is out no more changes than there may be channels', () => {
  const user = new LocalUser('ua');
  const { changes, done } = user.watch();
  for (const id of many(10 * channelsPerUser)) user.note(id, 1, true);
  expect(changes.size).toBe(channelsPerUser);
  done();
});
