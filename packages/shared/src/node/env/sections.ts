import { z } from 'zod';
import { keyRingSchema } from '../crypto/index.js';

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
  TOKEN_KEYS: keyRingSchema,
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
