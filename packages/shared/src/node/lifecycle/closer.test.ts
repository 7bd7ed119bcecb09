import { expect, it } from 'vitest';
import { createLogger } from '../log/logger.js';
import { Closer } from './closer.js';

const log = createLogger('test', 'silent');

it('releases last-in-first-out, also when one release fails', async () => {
  const released: string[] = [];
  const closer = new Closer(log);
  closer.add('first', 'a', (name) => released.push(name));
  closer.add('broken', 'b', () => Promise.reject(new Error('no')));
  closer.add('last', 'c', (name) => released.push(name));
  await closer.close();
  expect(released).toEqual(['c', 'a']);
});

it('closes once, however often it is asked', async () => {
  let count = 0;
  const closer = new Closer(log);
  closer.add('counted', undefined, () => count++);
  await Promise.all([closer.close(), closer.close()]);
  await closer.close();
  expect(count).toBe(1);
});

it('releases what is added during a close, and after it: a start that a stop overtook leaves nothing open', async () => {
  const released: string[] = [];
  const closer = new Closer(log);
  closer.add('early', 'early', async (name) => {
    closer.add('meanwhile', 'meanwhile', (other) => released.push(other));
    await Promise.resolve();
    released.push(name);
  });
  await closer.close();
  expect(released).toEqual(['early', 'meanwhile']);
  expect(closer.add('late', 'late', (name) => released.push(name))).toBe('late');
  await closer.close();
  expect(released).toEqual(['early', 'meanwhile', 'late']);
});
