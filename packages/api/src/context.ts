import { randomBytes } from 'node:crypto';
import { RedisNames, type OutsideUser } from '@storm/shared/contracts';
import {
  Asker,
  Attempts,
  Closer,
  connectRedis,
  createLogger,
  Intake,
  leewayMaxSeconds,
  Operations,
  Outsiders,
  outsideSource,
  RateLimits,
  Replies,
  Revocations,
  Sealer,
  tokenOptions,
  Vitals,
  type Logger,
  type PressureLimits,
  type Redis,
  type TokenOptions,
} from '@storm/shared/node';
import { openStore, provisionOutside, type Store } from '@storm/store';
import { AuditLog } from './audit/audit-log.js';
import type { MergedEvents } from './audit/merged-events.js';
import { failedTries, usesOfKeys } from './audit/merging.js';
import { Access } from './auth/access.js';
import { CsrfTokens } from './auth/cookies/csrf-tokens.js';
import { SessionCookies } from './auth/cookies/session-cookies.js';
import { LoginSlowDown } from './auth/login-slow-down.js';
import { PasswordFloor } from './auth/password-floor.js';
import { Passwords } from './auth/passwords.js';
import { RefreshTokens } from './auth/refresh-tokens.js';
import { Revoker } from './auth/revoker.js';
import { Challenges } from './auth/second-factor/challenges.js';
import { SecondFactors } from './auth/second-factor/second-factors.js';
import { ServiceKeys } from './auth/service-keys/service-keys.js';
import { Sessions } from './auth/sessions.js';
import { AdvisoryAccess } from './channels/advisory-access.js';
import type { Config } from './config.js';
import { apiPrefix } from './http/prefix.js';
import { Metrics } from './metrics.js';
import { OnlineCounts } from './presence/online-counts.js';

export interface Context {
  config: Config;
  log: Logger;
  /** Releases everything here, the last made first. */
  closer: Closer;
  /** Fails at once while Redis is away. */
  redis: Redis;
  names: RedisNames;
  store: Store;
  replies: Replies;
  vitals: Vitals;
  intake: Intake;
  asker: Asker;
  tokens: TokenOptions;
  passwords: Passwords;
  /** Which new passwords are too weak. */
  passwordFloor: PasswordFloor;
  /** How fast passwords can be tried. */
  loginSlowDown: LoginSlowDown;
  sessions: Sessions;
  /** Whether tokens still hold. */
  access: Access;
  /** Those who are known by an identity service; undefined where none is configured. */
  outsiders: Outsiders | undefined;
  revoker: Revoker;
  /** Undefined while they are switched off. */
  cookies: SessionCookies | undefined;
  secondFactors: SecondFactors;
  serviceKeys: ServiceKeys;
  challenges: Challenges;
  /** How often the code of a second factor may be wrong. */
  codeAttempts: Attempts;
  audit: AuditLog;
  /** Failed tries to sign in, for the audit log. */
  failures: MergedEvents;
  memberships: AdvisoryAccess;
  /** How many members of channels are online. */
  onlineCounts: OnlineCounts;
  /** What one address, user or session may do. */
  limits: RateLimits;
  ops: Operations;
  metrics: Metrics;
  /** Are indexes and epoch of the database in place? Nothing is served before. */
  schema: { ready: boolean };
  /** Holds each answer against its documented schema, for tests. */
  checkAnswers: boolean;
}

export interface Overrides {
  log?: Logger;
  now?: () => number;
  checkAnswers?: boolean;
}

/** The one place that wires. Connects in the background: nothing need be there yet. */
export function createContext(config: Config, { now = Date.now, checkAnswers = false, ...overrides }: Overrides = {}): Context {
  const log = overrides.log ?? createLogger('api', config.LOG_LEVEL);
  const closer = new Closer(log);
  const names = new RedisNames(config.STORM_NAMESPACE, config.QUEUE_SHARDS);

  const redis = closer.add('redis', connectRedis(config.REDIS_URL, 'producer', log), (it) => it.disconnect());
  const subscriber = closer.add('subscriber', connectRedis(config.REDIS_URL, 'subscriber', log), (it) => it.disconnect());
  const store = closer.add('mongo', openStore(storeOptions(config, log)), (it) => it.close());

  const sealer = new Sealer({ sealKeys: config.SEAL_PUBLIC_KEYS, intakeSecrets: config.INTAKE_SECRETS });
  const replies = new Replies({ subscriber, names, sealer, processId: `api-${randomBytes(9).toString('base64url')}`, log });
  const vitals = closer.add('vitals', new Vitals({ redis, names }), (it) => it.stop());
  const shared = { redis, names, sealer, replies, vitals, log };
  const intake = closer.add('intake', new Intake({ ...shared, pressure: pressureLimits(config) }), (it) => it.close());
  const asker = closer.add('asker', new Asker(shared), (it) => it.close());

  const tokens = tokenOptions(config, now);
  const revocations = new Revocations({ redis, names });
  const tokenMs = (config.ACCESS_TOKEN_SECONDS + leewayMaxSeconds) * 1_000;
  const revoker = new Revoker({ store, revocations, intakeSecrets: config.INTAKE_SECRETS, tokenMs, now });
  const audit = new AuditLog({ audit: store.audit, ring: config.AUDIT_KEYS, now });
  const failures = closer.add('failed tries', failedTries(audit, log), (it) => it.stop());
  const uses = closer.add('uses of keys', usesOfKeys(audit, log), (it) => it.stop());
  const secondFactors = new SecondFactors({
    store,
    ring: config.TOTP_KEYS,
    roles: config.SECOND_FACTOR_ROLES,
    issuer: config.TOKEN_ISSUER,
    now,
  });
  const schema = { ready: false };
  const ops = new Operations({
    service: 'api',
    checks: {
      redis: async () => void (await redis.ping()),
      mongo: () => store.ping(800),
      schema: () => {
        if (!schema.ready) throw new Error('the database is not set up yet');
      },
      deployment: () => vitals.check(),
    },
  });

  const limits = new RateLimits({ env: config, redis, names, registry: ops.registry });
  const metrics = new Metrics(ops.registry, intake);
  const passwords = new Passwords({
    memoryKiB: config.ARGON2_MEMORY_KIB,
    passes: config.ARGON2_PASSES,
    parallel: config.ARGON2_PARALLEL,
    onHash: () => metrics.passwordHashed(),
  });
  metrics.watch(passwords);

  return {
    config,
    log,
    closer,
    redis,
    names,
    store,
    replies,
    vitals,
    intake,
    asker,
    tokens,
    passwords,
    passwordFloor: new PasswordFloor(),
    loginSlowDown: new LoginSlowDown({ redis, names }),
    sessions: new Sessions({
      store,
      revoker,
      audit,
      secondFactors,
      refreshTokens: new RefreshTokens(config.REFRESH_KEYS),
      tokens,
      accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
      refreshTokenSeconds: config.REFRESH_TOKEN_SECONDS,
      sessionSeconds: config.SESSION_SECONDS,
      now,
    }),
    access: new Access({ store, revocations }),
    outsiders: outsidersOf(config, { now, revocations, store, log }),
    revoker,
    cookies: config.COOKIES === 'on' ? sessionCookies(config) : undefined,
    secondFactors,
    serviceKeys: new ServiceKeys({ store, failures, uses, log, now }),
    challenges: new Challenges({ refreshKeys: config.REFRESH_KEYS, tokens }),
    codeAttempts: new Attempts({ redis, prefix: `${names.limits}:code`, points: wrongCodes, seconds: 15 * 60 }),
    audit,
    failures,
    memberships: new AdvisoryAccess({ memberships: store.memberships, now }),
    onlineCounts: new OnlineCounts({ memberships: store.memberships, redis, names, now }),
    limits,
    ops,
    metrics,
    schema,
    checkAnswers,
  };
}

function outsidersOf(
  config: Config,
  { now, revocations, store, log }: { now: () => number; revocations: Revocations; store: Store; log: Logger },
): Outsiders | undefined {
  const source = outsideSource(config, { now });
  if (!source) return undefined;
  const accountOf = (user: OutsideUser) => provisionOutside(user, store);
  return new Outsiders({ source, cookies: config.OUTSIDE_COOKIES, accountOf, revocations, log });
}

/** A million codes, three good at a time: so few guesses within a quarter of an hour come to nothing. */
const wrongCodes = 5;

/** A caller waits for every query: fail in the time that a caller has. */
const storeOptions = ({ MONGO_URL: url, MONGO_DATABASE: database }: Config, log: Logger) => ({
  url,
  database,
  appName: 'storm-api',
  serverSelectionTimeoutMs: 1_000,
  socketTimeoutMs: 5_000,
  onError: (error: unknown) => log.warn({ err: error }, 'mongo is away'),
});

const sessionCookies = (config: Config): SessionCookies =>
  new SessionCookies({
    csrf: new CsrfTokens(config.REFRESH_KEYS),
    origins: config.CORS_ORIGINS,
    domain: config.COOKIE_DOMAIN,
    sameSite: config.COOKIE_SAME_SITE,
    secure: config.COOKIE_SECURE === 'on',
    accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
    refreshTokenSeconds: config.REFRESH_TOKEN_SECONDS,
    authPath: `${apiPrefix}/auth`,
  });

const pressureLimits = (config: Config): PressureLimits => ({
  slowDepth: config.INTAKE_SLOW_DEPTH,
  refuseDepth: config.INTAKE_REFUSE_DEPTH,
  slowAgeMs: config.INTAKE_SLOW_AGE_MS,
  refuseAgeMs: config.INTAKE_REFUSE_AGE_MS,
  refuseMemory: config.INTAKE_REFUSE_MEMORY_PERCENT / 100,
});
