import type { LimitsEnv } from '../env/sections.js';

/** One limit: so many of something within a window, which begins with the first. */
export interface Rule {
  points: number;
  /** How long the window is; Redis counts in whole seconds. */
  seconds: number;
  /** What is counted. Addresses go by `addressKey`, and those of the allowlist are not counted. */
  by: 'address' | 'user' | 'session';
  /**
   * Without Redis: `refuse`, since a count that others can't see is no limit where guessing is what it stops, and what it
   * guards can't go on anyway; or `count` alone in each process.
   */
  withoutRedis: 'refuse' | 'count';
}

const hour = 3_600;
const minute = 60;

/** All limits, by name. */
export const rulesOf = (env: LimitsEnv) =>
  ({
    /** Requests that say nobody, or nobody who holds. */
    anonymous: { points: env.LIMIT_ANONYMOUS_PER_HOUR, seconds: hour, by: 'address', withoutRedis: 'count' },
    user: { points: env.LIMIT_USER_PER_HOUR, seconds: hour, by: 'user', withoutRedis: 'count' },
    /** Instead of `user`, for admins. */
    admin: { points: env.LIMIT_ADMIN_PER_HOUR, seconds: hour, by: 'user', withoutRedis: 'count' },
    /** Instead of `user`, for other servers. */
    service: { points: env.LIMIT_SERVICE_PER_HOUR, seconds: hour, by: 'user', withoutRedis: 'count' },
    login: { points: env.LIMIT_LOGIN_PER_MINUTE, seconds: minute, by: 'address', withoutRedis: 'refuse' },
    register: { points: env.LIMIT_REGISTER_PER_HOUR, seconds: hour, by: 'address', withoutRedis: 'refuse' },
    refresh: { points: env.LIMIT_REFRESH_PER_HOUR, seconds: hour, by: 'session', withoutRedis: 'count' },
    tickets: { points: env.LIMIT_TICKETS_PER_MINUTE, seconds: minute, by: 'user', withoutRedis: 'refuse' },
    /** Changes of messages, over all sockets, gateways and REST. */
    sends: {
      ...steady(env.LIMIT_SENDS_PER_MINUTE, env.LIMIT_SENDS_BURST),
      by: 'user',
      withoutRedis: 'refuse',
    },
    /** New sockets. */
    connects: { points: env.LIMIT_CONNECTS_PER_MINUTE, seconds: minute, by: 'address', withoutRedis: 'count' },
  }) as const satisfies Record<string, Rule>;

export type RuleName = keyof ReturnType<typeof rulesOf>;

/** A window that lets `burst` through at once and `perMinute` on average: the shortest of whole seconds that has room for a burst. */
export function steady(perMinute: number, burst: number): Pick<Rule, 'points' | 'seconds'> {
  const seconds = Math.max(1, Math.ceil((burst * minute) / perMinute));
  return { points: Math.floor((perMinute * seconds) / minute), seconds };
}
