import { expect, it } from 'vitest';
import { readOptions } from './options.js';

const read = (...args: string[]) => readOptions(args, { cwd: '/home/me', defaultData: '/storm/.storm' });

it('has defaults for a first look', () => {
  expect(read()).toEqual({
    once: false,
    fresh: false,
    unlimited: false,
    help: false,
    dataDir: '/storm/.storm',
    gateways: 2,
    apis: 1,
    workers: 1,
  });
});

it('reads what was asked for; a path is meant from where the person is', () => {
  expect(
    read('--once', '--data', 'try', '--fresh', '--unlimited', '--gateways', '3', '--apis=2', '--workers', '2'),
  ).toMatchObject({
    once: true,
    dataDir: '/home/me/try',
    fresh: true,
    unlimited: true,
    gateways: 3,
    apis: 2,
    workers: 2,
  });
});

it('names what is wrong', () => {
  expect(() => read('--gateways', 'many')).toThrow(/^--gateways: /);
  expect(() => read('--workers', '0')).toThrow(/^--workers: /);
  expect(() => read('--gateway', '2')).toThrow('--gateway');
});
