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
