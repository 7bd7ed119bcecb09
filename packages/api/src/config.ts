import { Email, limits, Password, Role, Username } from '@storm/shared/protocol';
import {
  checkOutside,
  checkSigner,
  commonEnv,
  intakeEnv,
  integer,
  keyRingSchema,
  limitsEnv,
  list,
  mongoEnv,
  optional,
  outsideEnv,
  readEnv,
  tokenEnv,
} from '@storm/shared/node';
import { z } from 'zod';
import { trustProxySchema } from './http/trust-proxy.js';

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const firstAdmin = ['FIRST_ADMIN_USERNAME', 'FIRST_ADMIN_EMAIL', 'FIRST_ADMIN_PASSWORD'] as const;

function checkFirstAdmin(env: { [K in (typeof firstAdmin)[number]]?: string | undefined }, context: z.RefinementCtx): void {
  const missing = firstAdmin.filter((name) => env[name] === undefined);
  if (missing.length === firstAdmin.length) return;
  for (const name of missing) context.addIssue({ code: 'custom', path: [name], message: 'is missing' });
}

/** Every variable that the api reads. */
export const apiEnv = z
  .object({
    ...commonEnv,
    ...mongoEnv,
    ...tokenEnv,
    ...outsideEnv,
    ...intakeEnv,
    ...limitsEnv,
    PORT: integer(3000, { max: 65_535 }),
    /** Ed25519 seeds: sign access tokens in place of TOKEN_KEYS. */
    TOKEN_SIGNING_KEYS: optional(keyRingSchema),
    /** Authenticate refresh tokens and derive their successors. */
    REFRESH_KEYS: keyRingSchema,
    /** Authenticate the entries of the audit log. */
    AUDIT_KEYS: keyRingSchema,
    /** Seal the secrets of second factors. */
    TOTP_KEYS: keyRingSchema,
    /** Roles whose bearers must have a second factor, comma-separated; none by default. */
    SECOND_FACTOR_ROLES: list.pipe(z.array(Role)),
    ACCESS_TOKEN_SECONDS: integer(limits.accessTokenSeconds, { min: 1, max: 24 * 60 * 60 }),
    REFRESH_TOKEN_SECONDS: integer(limits.refreshTokenSeconds, { min: 1 }),
    /** However often it is refreshed, a session ends then. */
    SESSION_SECONDS: integer(limits.sessionSeconds, { min: 1 }),
    /** Origins whose pages may call, comma-separated (`https://chat.example.org`); none by default. */
    CORS_ORIGINS: list.refine((origins) => origins.every(isOrigin), 'must be origins such as https://chat.example.org'),
    /** May browsers that ask for it hold their tokens in cookies? */
    COOKIES: z.enum(['on', 'off']).default('off'),
    /** The domain whose hosts get them all; only the api's own host when empty. */
    COOKIE_DOMAIN: z
      .string()
      .regex(/^([a-z0-9-]+(\.[a-z0-9-]+)*)?$/, 'must be a domain such as example.org')
      .default(''),
    COOKIE_SAME_SITE: z.enum(['strict', 'lax']).default('strict'),
    /** `off` lets them travel over HTTP: for development alone. */
    COOKIE_SECURE: z.enum(['on', 'off']).default('on'),
    /** How many proxies stand before us, or their addresses, comma-separated. Never "all": who calls would be whoever they say. */
    TRUST_PROXY: trustProxySchema,
    /** Cost of one Argon2id hash: memory in KiB, and passes. */
    ARGON2_MEMORY_KIB: integer(19_456, { min: 8, max: 4_194_304 }),
    ARGON2_PASSES: integer(2, { min: 1, max: 100 }),
    /** Hashes that run at once; each takes ARGON2_MEMORY_KIB and a thread. */
    ARGON2_PARALLEL: integer(2, { min: 1, max: 64 }),
    /** Who is made an admin at a start that finds none: all three or none of them. */
    FIRST_ADMIN_USERNAME: optional(Username),
    FIRST_ADMIN_EMAIL: optional(Email),
    FIRST_ADMIN_PASSWORD: optional(Password),
    /** Requests under way at once; those above are refused. */
    MAX_REQUESTS_UNDER_WAY: integer(2_000, { min: 1 }),
  })
  .superRefine(checkSigner)
  .superRefine(checkOutside)
  .superRefine(checkFirstAdmin);

export type Config = z.infer<typeof apiEnv>;

export const readConfig = (env: Record<string, string | undefined>): Config => readEnv(apiEnv, env);
