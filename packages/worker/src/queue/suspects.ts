import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';

const keptMs = 24 * 60 * 60_000;

/** Which entry was alone under way when a worker died: noted before, taken back after. */
export class Suspects {
  constructor(
    private readonly redis: Redis,
    private readonly names: RedisNames,
  ) {}

  /** Notes that an entry is under way; returns how often that was noted and never taken back, this time included. */
  async note(shard: number, jobId: string, index: number): Promise<number> {
    const key = this.names.suspects(shard, jobId);
    const count = await this.redis.hincrby(key, String(index), 1);
    await this.redis.pexpire(key, keptMs);
    return count;
  }

  /** Whoever noted it lives, and leaves the entry to another: its own note is taken back, those of the dead stay. */
  async survived(shard: number, jobId: string, index: number): Promise<void> {
    const key = this.names.suspects(shard, jobId);
    await this.redis.hincrby(key, String(index), -1);
    await this.redis.pexpire(key, keptMs);
  }

  /** Takes all notes of one entry back, or of the whole job. */
  async clear(shard: number, jobId: string, index?: number): Promise<void> {
    const key = this.names.suspects(shard, jobId);
    if (index === undefined) await this.redis.del(key);
    else await this.redis.hdel(key, String(index));
  }
}
