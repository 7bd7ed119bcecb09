import { which } from '../process/which.js';
import type { Say } from '../process/say.js';
import { installRedis } from './install.js';

/** The path of a `redis-server`: the one on PATH, else one that the package manager installs. */
export async function findRedis(say: Say): Promise<string> {
  return which('redis-server') ?? (await installRedis(say));
}
