import type { RedisNames } from '@storm/shared/contracts';
import { periodically, type Asker, type Logger, type Redis } from '@storm/shared/node';
import { setTimeout as delay } from 'node:timers/promises';
import { chosenMs, definePresence, keysOf, type PresenceCommands } from './scripts.js';

interface Options {
  redis: Redis;
  names: RedisNames;
  asker: Asker;
  graceMs: number;
  now: () => number;
  log: Logger;
}

const usersAtOnce = 200;
/** How long a round that is under way may hold up the end: a question may wait for its answer. */
const stopMs = 500;
/** Until when somebody was seen is kept until MongoDB surely has it. */
const notChosenMs = 60 * 60 * 1_000;

/**
 * Ends the presence of those whose last lease ended, also for gateways that were killed: one gateway at a time looks who is due,
 * and a script for each user decides and publishes. Until when they were seen goes to a worker, again and again until it is stored.
 * Returns how to end it.
 */
export function sweepPresence(options: Options): () => Promise<void> {
  const { redis, names, graceMs, now, log } = options;
  const commands = definePresence(redis);
  // Leases may have ended while Redis was away: all gateways get time to renew theirs first.
  let heldUntil = now() + graceMs;
  const hold = () => (heldUntil = now() + graceMs);
  redis.on('ready', hold);
  const end = periodically({
    name: 'the sweep of presence',
    lease: names.presenceLease,
    everyMs: Math.min(1_000, Math.max(50, graceMs / 5)),
    redis,
    log,
    async work() {
      for (let shard = 0; shard < names.shards && now() >= heldUntil; shard++) {
        await expireDue(shard, commands, options);
        await storeSeen(shard, commands, options);
      }
    },
  });
  return () => {
    redis.off('ready', hold);
    return Promise.race([end(), delay(stopMs, undefined, { ref: false })]);
  };
}

async function expireDue(shard: number, commands: PresenceCommands, { redis, names, graceMs }: Options): Promise<void> {
  const { due } = names.presenceShard(shard);
  const userIds = await commands.stormPresenceDue(due, usersAtOnce);
  if (userIds.length === 0) return;
  const pipeline = redis.pipeline();
  for (const userId of userIds) {
    const keys = keysOf(names.presence(userId));
    void (pipeline as unknown as PresenceCommands).stormPresenceExpire(...keys, userId, graceMs, chosenMs, notChosenMs);
  }
  await pipeline.exec();
}

async function storeSeen(shard: number, commands: PresenceCommands, { names, asker, log }: Options): Promise<void> {
  const { seen } = names.presenceShard(shard);
  const flat = await commands.stormPresenceSeen(seen, usersAtOnce);
  if (flat.length === 0) return;
  const users = Array.from({ length: flat.length / 2 }, (_, i): [string, number] => [flat[2 * i] ?? '', Number(flat[2 * i + 1])]);
  try {
    await asker.ask({ kind: 'seen', users });
    await commands.stormPresenceStored(seen, ...flat);
  } catch (error) {
    log.debug({ err: error }, 'until when users were seen is not stored yet');
  }
}
