/** The scripts of leases as commands of a Redis connection, once they are defined there. */
export interface LeaseCommands {
  stormTakeLease(name: string, id: string, leaseMs: number, cap: number): Promise<number>;
  stormRenewLeases(name: string, leaseMs: number, ...ids: string[]): Promise<number>;
}

/** The server's clock: those of gateways may differ. */
const nowInMs = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** KEYS: set. ARGV: id, how long it holds (ms), cap. 1 when it is in. */
export const takeScript = `${nowInMs}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

/** KEYS: set. ARGV: how long they hold (ms), ids. Those that a Redis forgot are put back. */
export const renewScript = `${nowInMs}
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return #ARGV - 1`;
