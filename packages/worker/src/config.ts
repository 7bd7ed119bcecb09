import { commonEnv, integer, keyRingSchema, mongoEnv, readEnv } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import { z } from 'zod';

/** Every variable that the worker reads. */
export const workerEnv = z.object({
  ...commonEnv,
  ...mongoEnv,
  /** Operations only (health, readiness, metrics): nothing else is served. */
  PORT: integer(3002, { max: 65_535 }),
  SEAL_PRIVATE_KEYS: keyRingSchema,
  INTAKE_SECRETS: keyRingSchema,
  EVENT_SECRETS: keyRingSchema,
  MASTER_KEYS: keyRingSchema,
  /** How long a job's lock lives without renewal, in milliseconds: a dead worker's job comes back after it and one check. */
  JOB_LOCK_MS: integer(4_000, { min: 500 }),
  JOB_STALLED_CHECK_MS: integer(1_500, { min: 100 }),
  /** Age at which a channel gets a fresh data key. */
  DATA_KEY_DAYS: integer(90, { min: 1 }),
  /** How long after it was made a message may be edited. */
  EDIT_WINDOW_SECONDS: integer(limits.editWindowSeconds, { min: 0 }),
  SWEEP_MS: integer(30_000, { min: 100 }),
  BEAT_MS: integer(5_000, { min: 100 }),
});

export type Config = z.infer<typeof workerEnv>;

export const readConfig = (env: Record<string, string | undefined>): Config => readEnv(workerEnv, env);
