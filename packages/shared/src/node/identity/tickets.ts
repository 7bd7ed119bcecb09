import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { RedisNames } from '../../contracts/index.js';
import { AccessClaims, limits } from '../../protocol/index.js';
import type { KeyRing } from '../crypto/index.js';
import { StormError, unavailable } from '../errors/storm-error.js';
import type { Redis } from '../redis/connect.js';
import { authentic, authenticText } from './authentic.js';

const purpose = 'storm websocket ticket v1';
const Stored = z.strictObject({ claims: AccessClaims, until: z.int() });

interface Desk {
  redis: Redis;
  names: RedisNames;
  intakeSecrets: KeyRing;
  now?: () => number;
}

const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const away = (error: unknown): never => {
  throw unavailable('Redis does not answer', 1_000, error);
};

/**
 * Makes a single-use ticket for the WebSocket, good for 30 s. Redis holds its hash only, and what it stands for with a MAC:
 * whoever writes to Redis can plant none. Throws UNAVAILABLE without Redis.
 */
export async function issueTicket(
  claims: AccessClaims,
  { redis, names, intakeSecrets: ring, now = Date.now }: Desk,
): Promise<string> {
  const ticket = randomBytes(24).toString('base64url');
  const hashed = hash(ticket);
  const stored = authenticText({ claims, until: now() + limits.ticketMs }, { ring, purpose, bound: [hashed] });
  await redis.set(names.ticket(hashed), stored, 'PX', limits.ticketMs).catch(away);
  return ticket;
}

/** Takes a ticket: the first to ask gets who it was made for, everyone after UNAUTHORIZED. Throws UNAVAILABLE without Redis. */
export async function redeemTicket(
  ticket: string,
  { redis, names, intakeSecrets: ring, now = Date.now }: Desk,
): Promise<AccessClaims> {
  const hashed = hash(ticket);
  const stored = await redis.getdel(names.ticket(hashed)).catch(away);
  if (stored === null) throw new StormError('UNAUTHORIZED');
  try {
    const { claims, until } = Stored.parse(authentic(stored, { ring, purpose, bound: [hashed] }));
    if (now() < until) return claims;
  } catch (error) {
    throw new StormError('UNAUTHORIZED', { cause: error });
  }
  throw new StormError('UNAUTHORIZED');
}
