import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryDirectory } from '../process/temporary-directory.js';
import { openDataDirectory } from './data-directory.js';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory()));
afterEach(() => directory.remove());

it('keeps what is there from start to start, and empties it when asked to', () => {
  const folder = join(directory.path, 'new/data');
  const first = openDataDirectory(folder);
  mkdirSync(first.redis);
  writeFileSync(first.stackFile, '{}');
  first.release();

  const second = openDataDirectory(folder);
  expect(existsSync(second.redis)).toBe(true);
  // Nothing runs yet.
  expect(existsSync(second.stackFile)).toBe(false);
  second.release();

  expect(existsSync(openDataDirectory(folder, { fresh: true }).redis)).toBe(false);
});

it('lets one stack in at a time', () => {
  const first = openDataDirectory(directory.path);
  expect(() => openDataDirectory(directory.path, { fresh: true })).toThrow(`is in use by process ${process.pid}`);
  first.release();
  openDataDirectory(directory.path).release();
});

it('is not kept out by a stack that was killed', () => {
  openDataDirectory(directory.path);
  writeFileSync(join(directory.path, 'lock'), `${process.pid} 1`);
  expect(() => openDataDirectory(directory.path)).not.toThrow();
});

it('leaves a folder alone that holds something else', () => {
  writeFileSync(join(directory.path, 'thesis.tex'), 'years of work');
  expect(() => openDataDirectory(directory.path, { fresh: true })).toThrow('holds something else');
  expect(existsSync(join(directory.path, 'thesis.tex'))).toBe(true);
});

it('keeps the logs of the start before this one', () => {
  for (const text of ['first', 'second', 'third']) {
    const { logs, release } = openDataDirectory(directory.path);
    writeFileSync(join(logs, 'api.log'), text);
    release();
  }
  expect(readFileSync(join(directory.path, 'logs/api.log'), 'utf8')).toBe('third');
  expect(readFileSync(join(directory.path, 'logs.previous/api.log'), 'utf8')).toBe('second');
});
