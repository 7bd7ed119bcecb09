import { StormError, type RateLimits, type RuleName, type Standing } from '@storm/shared/node';
import type { Request, Response } from 'express';
import { isService, type Identity } from '../auth/service-keys/service.js';
import type { Context } from '../context.js';
import type { Operation } from './operation.js';

/** A rule, and the address, user or session that it counts. */
type Count = readonly [rule: RuleName, who: string];

const anonymous = (request: Request): Count => ['anonymous', request.ip ?? ''];

/** Counts a request by who sent it, once that is known and before its body is read. */
export async function limitCaller(
  { limit }: Operation,
  { request, identity }: { request: Request; identity: Identity | undefined },
  response: Response,
  { limits, failures }: Context,
): Promise<void> {
  if (limit === 'refresh') return; // by the session in its body
  if (!identity) {
    const counts = [anonymous(request), ...(limit ? [[limit, request.ip ?? ''] as const] : [])];
    return count(counts, response, limits).catch((error: unknown) => {
      const address = request.ip ?? null;
      if (limit === 'login') failures.note({ actor: null, action: 'login-failed', address, details: { reason: 'rate-limited' } });
      throw error;
    });
  }
  if (isService(identity)) return count([['service', identity.keyId]], response, limits);
  const { sub, role } = identity;
  if (limit === 'sends') return count([[limit, sub]], response, limits);
  const general = role === 'admin' ? 'admin' : 'user';
  return count([[general, sub], ...(limit ? [[limit, sub] as const] : [])], response, limits);
}

/** Counts a refresh by the session that its token is of; a token that we did not make, by address: it must not spend another's. */
export async function limitRefresh(
  { limit }: Operation,
  { request, body }: { request: Request; body: unknown },
  response: Response,
  { limits, sessions, cookies }: Context,
): Promise<void> {
  if (limit !== 'refresh' || !limits.on) return;
  const { refreshToken } = (body ?? {}) as { refreshToken?: unknown };
  const token = refreshToken ?? cookies?.read(request).refresh;
  const session = typeof token === 'string' ? sessions.sessionIn(token) : undefined;
  return count([session === undefined ? anonymous(request) : ['refresh', session]], response, limits);
}

/** Counts a request whose sender could not say who they are, and throws why not; or RATE_LIMIT_EXCEEDED when there were too many. */
export async function limitUnknown(error: unknown, request: Request, response: Response, { limits }: Context): Promise<never> {
  if (error instanceof StormError && error.code === 'UNAUTHORIZED') await count([anonymous(request)], response, limits);
  throw error;
}

/** Counts against all rules at once, says on the answer how the caller stands, and throws when any is exceeded. */
async function count(counts: readonly Count[], response: Response, limits: RateLimits): Promise<void> {
  if (!limits.on) return;
  const taken = await Promise.all(counts.map(([rule, who]) => limits.take(rule, who)));
  const standings = taken.filter((standing) => standing !== undefined);
  if (standings.length > 0) tell(standings, response);
  const waits = standings.filter(({ passed }) => !passed).map(({ resetMs }) => resetMs);
  if (waits.length > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: Math.max(...waits) });
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-10: quota and window in seconds; what is left, and for how long. */
function tell(standings: readonly Standing[], response: Response): void {
  const policies = standings.map(({ rule, points, seconds }) => `"${rule}";q=${points};w=${seconds}`);
  const states = standings.map(({ rule, remaining, resetMs }) => `"${rule}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`);
  response.setHeader('ratelimit-policy', policies.join(', '));
  response.setHeader('ratelimit', states.join(', '));
}
