import { z } from 'zod';
import { keyRingSchema } from '../crypto/index.js';
import { isNetwork } from './network.js';
import { optional } from './optional.js';

/** A whole number in decimal digits, nothing else: `Number('')` is 0, and `1e3`, `0x10` would surprise somebody. */
export const integer = (fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number in digits')
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .default(fallback);

/** A comma-separated list; empty by default. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** Variables of every service. */
export const commonEnv = {
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HOST: z.string().default('0.0.0.0'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  /** What every Redis name begins with. */
  STORM_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('storm'),
  /** Fixed at first boot: a service that has another value than the database is not ready. */
  QUEUE_SHARDS: integer(16, { min: 1, max: 256 }),
  SHUTDOWN_DEADLINE_MS: integer(10_000, { min: 100 }),
};

export const mongoEnv = {
  // No URL by the standard when it names the hosts of a replica set; its driver knows more of it than we do.
  MONGO_URL: z.string().regex(/^mongodb(\+srv)?:\/\/\S+$/, 'must begin with mongodb:// or mongodb+srv://'),
  MONGO_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,63}$/)
    .default('storm'),
};

/** Of those that verify access tokens. */
export const tokenEnv = {
  /** HS256: whoever has them can sign. */
  TOKEN_KEYS: optional(keyRingSchema),
  /** Ed25519: whoever has them can only verify. */
  TOKEN_PUBLIC_KEYS: optional(keyRingSchema),
  TOKEN_ISSUER: z.string().min(1).default('storm'),
  TOKEN_AUDIENCE: z.string().min(1).default('storm'),
};

/** Of those that put changes and questions into the queues. */
export const intakeEnv = {
  SEAL_PUBLIC_KEYS: keyRingSchema,
  INTAKE_SECRETS: keyRingSchema,
  /** Waiting jobs of one shard at which senders are told to slow down, and at which they are refused. */
  INTAKE_SLOW_DEPTH: integer(500, { min: 1 }),
  INTAKE_REFUSE_DEPTH: integer(2_000, { min: 1 }),
  /** Age of a shard's oldest waiting job, in milliseconds, for the same. */
  INTAKE_SLOW_AGE_MS: integer(30_000, { min: 1 }),
  INTAKE_REFUSE_AGE_MS: integer(600_000, { min: 1 }),
  /** Share of Redis' `maxmemory`, in percent: slow down at four fifths of it, refuse at it. */
  INTAKE_REFUSE_MEMORY_PERCENT: integer(60, { min: 1, max: 90 }),
};

/** Of those that limit what callers may do: how many of what, per address, user or session, counted over all processes. */
export const limitsEnv = {
  /** `off` lifts all of them, for load tests. */
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  /** Requests of an address that say nobody. */
  LIMIT_ANONYMOUS_PER_HOUR: integer(100, { min: 1 }),
  /** Requests of a user, an admin, another server. */
  LIMIT_USER_PER_HOUR: integer(1_000, { min: 1 }),
  LIMIT_ADMIN_PER_HOUR: integer(10_000, { min: 1 }),
  LIMIT_SERVICE_PER_HOUR: integer(36_000, { min: 1 }),
  /** Of an address. */
  LIMIT_LOGIN_PER_MINUTE: integer(10, { min: 1 }),
  LIMIT_REGISTER_PER_HOUR: integer(10, { min: 1 }),
  /** Of a session. */
  LIMIT_REFRESH_PER_HOUR: integer(60, { min: 1 }),
  /** Of a user. */
  LIMIT_TICKETS_PER_MINUTE: integer(30, { min: 1 }),
  /** Changes of messages of a user, and how many may come at once. */
  LIMIT_SENDS_PER_MINUTE: integer(60, { min: 1, max: 1_000_000 }),
  LIMIT_SENDS_BURST: integer(20, { min: 1, max: 10_000 }),
  /** New sockets of an address. */
  LIMIT_CONNECTS_PER_MINUTE: integer(120, { min: 1 }),
  /** Addresses and networks that no limit per address touches. */
  LIMIT_ALLOWLIST: list.refine((networks) => networks.every(isNetwork), 'must be addresses or networks such as 10.0.0.0/8'),
};

export type LimitsEnv = z.infer<z.ZodObject<typeof limitsEnv>>;
