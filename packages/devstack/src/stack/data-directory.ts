import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockOwner, tryLock, unlock } from '../process/file-lock.js';

/** Says that a folder is ours, so that `fresh` empties no other. */
const marker = '.storm-data';

/** Where one stack keeps all that outlives it. */
export interface DataDirectory {
  readonly path: string;
  readonly secrets: string;
  readonly redis: string;
  readonly mongo: string;
  /** Of this start; those of the one before are beside it, as `logs.previous`. */
  readonly logs: string;
  /** The description of the running stack, for tools. */
  readonly stackFile: string;
  /** Lets the next stack in. */
  release: () => void;
}

/**
 * Takes a data folder for this process, making it if missing; `fresh` empties it first. Throws when another stack runs on it,
 * and for a folder that holds something else.
 */
export function openDataDirectory(folder: string, { fresh = false } = {}): DataDirectory {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const inside = (name: string) => join(path, name);
  const names = readdirSync(path);
  if (names.length > 0 && !names.includes(marker)) throw new Error(`${path} holds something else: name a folder for Storm alone`);
  const lock = inside('lock');
  if (!tryLock(lock) && !tryLock(lock)) {
    throw new Error(`${path} is in use by process ${lockOwner(lock)}: end that first, or name another folder with --data`);
  }
  if (fresh)
    for (const name of names.filter((one) => one !== marker && one !== 'lock')) rmSync(inside(name), { recursive: true });
  writeFileSync(inside(marker), 'The data of a Storm that devstack runs. Delete the folder to start anew.\n');
  keepLogsOfLastStart(inside('logs'));
  rmSync(inside('stack.json'), { force: true });
  return {
    path,
    secrets: inside('secrets'),
    redis: inside('redis'),
    mongo: inside('mongo'),
    logs: inside('logs'),
    stackFile: inside('stack.json'),
    release: () => unlock(lock),
  };
}

function keepLogsOfLastStart(logs: string): void {
  rmSync(`${logs}.previous`, { recursive: true, force: true });
  if (existsSync(logs)) renameSync(logs, `${logs}.previous`);
  mkdirSync(logs);
}
