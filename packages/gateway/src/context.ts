import { randomBytes } from 'node:crypto';
import { RedisNames, type OutsideUser } from '@storm/shared/contracts';
import {
  Asker,
  Closer,
  connectRedis,
  createLogger,
  EventOpener,
  Intake,
  Operations,
  Outsiders,
  outsideSource,
  RateLimits,
  Replies,
  Revocations,
  Sealer,
  Vitals,
  type Check,
  type Logger,
  type Redis,
} from '@storm/shared/node';
import type { GatewayConfig } from './config.js';

export interface GatewayContext {
  config: GatewayConfig;
  log: Logger;
  now: () => number;
  names: RedisNames;
  /** Commands: fails at once when Redis is away. */
  redis: Redis;
  /** Events: a connection that only subscribes. */
  subscriber: Redis;
  opener: EventOpener;
  vitals: Vitals;
  replies: Replies;
  intake: Intake;
  asker: Asker;
  /** What ended lately, as Redis knows it. */
  revocations: Revocations;
  /** Those who are known by an identity service; undefined where none is configured. */
  outsiders: Outsiders | undefined;
  /** What one address or user may do, counted over all gateways and the api. */
  limits: RateLimits;
  operations: Operations;
  /** Readiness, by dependency. The gateway adds its own. */
  checks: Record<string, Check>;
  closer: Closer;
}

/** Wires the gateway; nothing is started. Connections to Redis open in the background. */
export function createContext(config: GatewayConfig, overrides: Partial<GatewayContext> = {}): GatewayContext {
  const log = overrides.log ?? createLogger('gateway', config.LOG_LEVEL);
  const now = overrides.now ?? Date.now;
  const closer = overrides.closer ?? new Closer(log);
  const names = new RedisNames(config.STORM_NAMESPACE, config.QUEUE_SHARDS);
  const connect = (role: 'producer' | 'subscriber') =>
    closer.add(`redis ${role}`, connectRedis(config.REDIS_URL, role, log), (redis) => redis.disconnect());

  const redis = overrides.redis ?? connect('producer');
  const subscriber = overrides.subscriber ?? connect('subscriber');
  const sealer = new Sealer({ sealKeys: config.SEAL_PUBLIC_KEYS, intakeSecrets: config.INTAKE_SECRETS });
  const processId = `gateway-${randomBytes(12).toString('base64url')}`;
  const replies = overrides.replies ?? new Replies({ subscriber: connect('subscriber'), names, sealer, processId, log });
  const vitals = overrides.vitals ?? closer.add('vitals', new Vitals({ redis, names }), (running) => running.stop());
  const path = { redis, names, sealer, replies, vitals, log };
  const asker = overrides.asker ?? closer.add('questions', new Asker(path), (open) => open.close());
  const intake =
    overrides.intake ?? closer.add('intake', new Intake({ ...path, pressure: pressureOf(config) }), (open) => open.close());
  const revocations = overrides.revocations ?? new Revocations({ redis, names });
  const outsiders = overrides.outsiders ?? outsidersOf(config, { now, revocations, asker, log });
  const checks: Record<string, Check> = { database: () => vitals.check() };
  const operations = overrides.operations ?? new Operations({ service: 'gateway', checks });
  const limits = overrides.limits ?? new RateLimits({ env: config, redis, names, registry: operations.registry });
  const opener = new EventOpener(config.EVENT_SECRETS);

  return {
    config,
    log,
    now,
    names,
    redis,
    subscriber,
    opener,
    vitals,
    replies,
    intake,
    asker,
    revocations,
    outsiders,
    limits,
    operations,
    checks,
    closer,
    ...overrides,
  };
}

type Parts = Pick<GatewayContext, 'now' | 'revocations' | 'asker' | 'log'>;

/** Their accounts are the worker's to look up. */
function outsidersOf(config: GatewayConfig, { now, revocations, asker, log }: Parts): Outsiders | undefined {
  const source = outsideSource(config, { now });
  if (!source) return undefined;
  const accountOf = (user: OutsideUser) => asker.ask({ kind: 'identity', ...user });
  return new Outsiders({ source, cookies: config.OUTSIDE_COOKIES, accountOf, revocations, log });
}

const pressureOf = (config: GatewayConfig) => ({
  slowDepth: config.INTAKE_SLOW_DEPTH,
  refuseDepth: config.INTAKE_REFUSE_DEPTH,
  slowAgeMs: config.INTAKE_SLOW_AGE_MS,
  refuseAgeMs: config.INTAKE_REFUSE_AGE_MS,
  refuseMemory: config.INTAKE_REFUSE_MEMORY_PERCENT / 100,
});
