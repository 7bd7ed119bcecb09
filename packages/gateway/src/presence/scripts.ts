import type { PresenceNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';

/** How long a status that somebody chose is kept for when they come back. */
export const chosenMs = 30 * 24 * 60 * 60 * 1_000;

/** In this order in every script of one user. */
export const keysOf = ({ leases, state, due, online, seen, changes }: PresenceNames): string[] => [
  leases,
  state,
  due,
  online,
  seen,
  changes,
];

/**
 * By the server's clock. `show` makes it known what others see of a user, if that is news: kept and published in one step, under a
 * version that grows. `await` sets when the user is offline if nothing more is heard: `grace` after its last lease, or from now.
 * `changes` is among the keys for its hash tag alone.
 */
const prelude = `
local leases, state, due, online, seen, changes = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function show(user, want, at)
  if (redis.call('HGET', state, 'shown') or 'offline') == want then return 0 end
  local next = math.max(time[1] * 1000000 + time[2], (redis.call('HGET', state, 'version') or 0) + 1)
  local version = string.format('%.0f', next)
  local last = ''
  if want == 'offline' then
    last = string.format('%.0f', at)
    redis.call('HDEL', state, 'shown')
    redis.call('HSET', state, 'seen', last, 'version', version)
    redis.call('SREM', online, user)
    redis.call('ZADD', seen, 'GT', last, user)
  else
    redis.call('HSET', state, 'shown', want, 'version', version)
    redis.call('SADD', online, user)
  end
  redis.call('PUBLISH', changes, want .. ' ' .. last .. ' ' .. version)
  return 1
end
local function await(user, grace)
  local last = redis.call('ZREVRANGE', leases, 0, 0, 'WITHSCORES')[2]
  redis.call('ZADD', due, math.max(last or now, now) + grace, user)
end
local function wanted(status)
  if status == 'invisible' then return 'offline' end
  return status
end`;

/**
 * ARGV: user, gateway, how long its lease holds (ms), grace (ms), status to begin with if none was chosen. Says the status, and
 * brings back what a Redis forgot. Nothing expires under a lease: the sweep ends it, and publishes.
 */
const holdScript = `${prelude}
redis.call('ZADD', leases, now + ARGV[3], ARGV[2])
await(ARGV[1], ARGV[4])
local status = redis.call('HGET', state, 'status') or ARGV[5]
redis.call('HSET', state, 'status', status)
redis.call('PERSIST', state)
show(ARGV[1], wanted(status), now)
return status`;

/** ARGV: user, gateway, grace (ms). */
const releaseScript = `${prelude}
if redis.call('ZREM', leases, ARGV[2]) == 1 then await(ARGV[1], ARGV[3]) end
return 1`;

/** ARGV: user, status, how long it is remembered (ms) where the user has no lease. 1 when others see it change. */
const setScript = `${prelude}
redis.call('HSET', state, 'status', ARGV[2])
if redis.call('ZSCORE', due, ARGV[1]) then return show(ARGV[1], wanted(ARGV[2]), now) end
redis.call('PEXPIRE', state, ARGV[3])
return 0`;

/** ARGV: user, grace (ms), how long a status that was chosen and one that was not are remembered (ms). 1 when it was the last lease. */
const expireScript = `${prelude}
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
if redis.call('ZCARD', leases) > 0 then await(ARGV[1], ARGV[2]) return 0 end
local at = redis.call('ZSCORE', due, ARGV[1])
if not at or tonumber(at) > now then return 0 end
redis.call('ZREM', due, ARGV[1])
local shown = show(ARGV[1], 'offline', at - ARGV[2])
redis.call('PEXPIRE', state, redis.call('HGET', state, 'status') == 'online' and ARGV[4] or ARGV[3])
return shown`;

/** KEYS: due. ARGV: how many. Users whose time is up. */
const dueScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])`;

/** KEYS: seen. ARGV: how many. Users and times, in turn. */
const seenScript = `return redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')`;

/** KEYS: seen. ARGV: users and times, in turn. Forgets those that are still so. */
const storedScript = `
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return 1`;

type OfUser = (...keysAndArguments: (string | number)[]) => Promise<unknown>;

/** The scripts as commands of a connection, or of a pipeline of it. */
export interface PresenceCommands {
  stormPresenceHold: OfUser;
  stormPresenceRelease: OfUser;
  stormPresenceSet: OfUser;
  stormPresenceExpire: OfUser;
  stormPresenceDue(due: string, count: number): Promise<string[]>;
  stormPresenceSeen(seen: string, count: number): Promise<string[]>;
  stormPresenceStored(seen: string, ...usersAndTimes: (string | number)[]): Promise<number>;
}

export function definePresence(redis: Redis): PresenceCommands {
  redis.defineCommand('stormPresenceHold', { lua: holdScript, numberOfKeys: 6 });
  redis.defineCommand('stormPresenceRelease', { lua: releaseScript, numberOfKeys: 6 });
  redis.defineCommand('stormPresenceSet', { lua: setScript, numberOfKeys: 6 });
  redis.defineCommand('stormPresenceExpire', { lua: expireScript, numberOfKeys: 6 });
  redis.defineCommand('stormPresenceDue', { lua: dueScript, numberOfKeys: 1 });
  redis.defineCommand('stormPresenceSeen', { lua: seenScript, numberOfKeys: 1 });
  redis.defineCommand('stormPresenceStored', { lua: storedScript, numberOfKeys: 1 });
  return redis as unknown as PresenceCommands;
}
