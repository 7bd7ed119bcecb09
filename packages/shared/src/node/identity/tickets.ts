import { createHash, randomBytes } from 'node:crypto';
import type { RedisNames } from '../../contracts/index.js';
import { AccessClaims, limits } from '../../protocol/index.js';
import { StormError, unavailable } from '../errors/storm-error.js';
import type { Redis } from '../redis/connect.js';

const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const away = (error: unknown): never => {
  throw unavailable('Redis does not answer', 1_000, error);
};

/** Makes a single-use ticket for the WebSocket, good for 30 s. Redis holds its hash only. Throws UNAVAILABLE without Redis. */
export async function issueTicket(claims: AccessClaims, redis: Redis, names: RedisNames): Promise<string> {
  const ticket = randomBytes(24).toString('base64url');
  await redis.set(names.ticket(hash(ticket)), JSON.stringify(claims), 'PX', limits.ticketMs).catch(away);
  return ticket;
}

/** Takes a ticket: the first to ask gets who it was made for, everyone after UNAUTHORIZED. Throws UNAVAILABLE without Redis. */
export async function redeemTicket(ticket: string, redis: Redis, names: RedisNames): Promise<AccessClaims> {
  const stored = await redis.getdel(names.ticket(hash(ticket))).catch(away);
  if (stored === null) throw new StormError('UNAUTHORIZED');
  try {
    return AccessClaims.parse(JSON.parse(stored));
  } catch (error) {
    throw new StormError('UNAUTHORIZED', { cause: error });
  }
}
