import { eventually } from '@storm/devstack/testing';
import type { Context } from '../../src/index.js';

/** Says in Redis which database this is, as a worker does that has gone since. */
export async function announceDeployment({ redis, names, store, vitals, schema }: Context): Promise<void> {
  await eventually(() => schema.ready);
  const meta = await store.meta.read();
  if (!meta) throw new Error('the database has no meta');
  await redis.hset(names.meta, { epoch: meta.epoch, shards: meta.shards });
  await vitals.refresh();
  await eventually(() => vitals.reading?.epoch === meta.epoch);
}
