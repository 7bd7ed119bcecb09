import { ChangeJob, JobEntry } from '@storm/shared/contracts';
import type { Redis } from 'ioredis';

/** Flips one bit in the sealed part of the change that waits in a queue under that id. Throws when there is none. */
export async function spoilWaitingEntry(redis: Redis, changeId: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: '*:changes:*', count: 1_000, type: 'hash' }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      const data = await redis.hget(key, 'data');
      if (!data?.includes(changeId)) continue;
      const job = ChangeJob.parse(JSON.parse(data));
      const entries = job.entries.map((entry) => JobEntry.parse(entry));
      const spoilt = entries.map((entry) => (entry.changeId === changeId ? { ...entry, box: flipped(entry.box) } : entry));
      await redis.hset(key, 'data', JSON.stringify({ ...job, entries: spoilt }));
      return;
    }
  }
  throw new Error(`no change ${changeId} waits`);
}

function flipped(box: string): string {
  const bytes = Buffer.from(box, 'base64');
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  return bytes.toString('base64');
}
