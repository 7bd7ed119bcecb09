import { LRUCache } from 'lru-cache';
import { Counter, type Registry } from 'prom-client';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { RedisNames } from '../../contracts/index.js';
import type { LimitsEnv } from '../env/sections.js';
import { unavailable } from '../errors/storm-error.js';
import type { Redis } from '../redis/connect.js';
import { addressKey } from './address-key.js';
import { Allowlist } from './allowlist.js';
import { LocalCounts } from './local-counts.js';
import { rulesOf, type Rule, type RuleName } from './rules.js';

interface Options {
  env: LimitsEnv;
  redis: Redis;
  names: RedisNames;
  /** Where `storm_rate_limited_total` is shown. */
  registry: Registry;
}

/** How somebody stands with a rule after one more. */
export interface Standing {
  rule: RuleName;
  points: number;
  seconds: number;
  remaining: number;
  /** Until the window ends, in milliseconds; at least 1. */
  resetMs: number;
  /** May it go on? */
  passed: boolean;
}

interface Counting {
  rule: Rule;
  shared: RateLimiterRedis;
  local: LocalCounts;
}

/** Who is over is refused from memory for at most this long before Redis is asked again, in milliseconds; of so many. */
const overMs = 10_000;
const overKept = 10_000;

/**
 * The limits on what one address, user or session may do, counted in Redis by all processes together. Windows are fixed: they
 * begin with the first and all of their points come back at their end, so up to twice as many can come around an end.
 */
export class RateLimits {
  /** Whether anything is limited. */
  readonly on: boolean;
  readonly #counting: Record<RuleName, Counting>;
  readonly #allowlist: Allowlist;
  readonly #refused: Counter<'rule'>;
  // Not the library's own block in memory: that map has no bound.
  readonly #over = new LRUCache<string, number>({ max: overKept });

  constructor({ env, redis, names, registry }: Options) {
    this.on = env.RATE_LIMITS === 'on';
    this.#allowlist = new Allowlist(env.LIMIT_ALLOWLIST);
    const counting = (name: string, rule: Rule): Counting => ({
      rule,
      shared: new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${names.limits}:${name}`,
        points: rule.points,
        duration: rule.seconds,
        rejectIfRedisNotReady: true,
      }),
      local: new LocalCounts(rule),
    });
    const rules = Object.entries(rulesOf(env)).map(([name, rule]) => [name, counting(name, rule)]);
    this.#counting = Object.fromEntries(rules) as Record<RuleName, Counting>;
    this.#refused = new Counter({
      name: 'storm_rate_limited_total',
      help: 'What was refused because there was too much of it, by rule',
      labelNames: ['rule'],
      registers: [registry],
    });
  }

  /**
   * Counts one more of `who`, an address, a user id or a session id as the rule says. Undefined where nothing is limited.
   * Throws UNAVAILABLE without Redis where the rule refuses then.
   */
  async take(name: RuleName, who: string): Promise<Standing | undefined> {
    const { rule, ...counts } = this.#counting[name];
    if (!this.on || (rule.by === 'address' && this.#allowlist.has(who))) return undefined;
    const key = rule.by === 'address' ? addressKey(who) : who;
    const over = `${name}:${key}`;
    const until = this.#over.get(over);
    const now = Date.now();
    if (until !== undefined && until > now) return this.#standing(name, 0, until - now, false);
    try {
      const { remainingPoints, msBeforeNext } = await consume(key, rule, counts);
      if (remainingPoints === 0) this.#isOver(over, msBeforeNext);
      return this.#standing(name, remainingPoints, msBeforeNext, true);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw unavailable('Redis does not answer', 1_000, error);
      this.#isOver(over, error.msBeforeNext);
      return this.#standing(name, 0, error.msBeforeNext, false);
    }
  }

  #isOver(over: string, msBeforeNext: number): void {
    if (msBeforeNext > 0) this.#over.set(over, Date.now() + msBeforeNext, { ttl: Math.min(msBeforeNext, overMs) });
  }

  #standing(rule: RuleName, remaining: number, resetMs: number, passed: boolean): Standing {
    if (!passed) this.#refused.inc({ rule });
    const { points, seconds } = this.#counting[rule].rule;
    return { rule, points, seconds, remaining, resetMs: Math.max(1, resetMs), passed };
  }
}

/** Rejects with a `RateLimiterRes` when there were too many, with anything else when it can't be counted. */
async function consume(key: string, rule: Rule, { shared, local }: Omit<Counting, 'rule'>): Promise<RateLimiterRes> {
  try {
    return await shared.consume(key);
  } catch (error) {
    if (error instanceof RateLimiterRes || rule.withoutRedis === 'refuse') throw error;
    return local.consume(key);
  }
}
