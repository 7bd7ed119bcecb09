import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { OutsideAccount, OutsideUser } from '../../../contracts/index.js';
import type { AccessClaims } from '../../../protocol/index.js';
import { StormError, unavailable } from '../../errors/storm-error.js';
import type { Logger } from '../../log/logger.js';
import type { Revocations } from '../revocations.js';
import { pickCookies } from './pick-cookies.js';
import type { Credential, IdentitySource } from './vouched.js';

interface Options {
  source: IdentitySource;
  /** Cookies that say to the source who somebody is. */
  cookies: readonly string[];
  /** The account of an outside user, made when there is none; undefined when it is deactivated. */
  accountOf: (user: OutsideUser) => Promise<OutsideAccount | undefined>;
  revocations: Revocations;
  log: Logger;
}

const keptMs = 30_000;
const keptMax = 10_000;
/** Failures of the source are told at most so often. */
const complainMs = 1_000;

/**
 * Those who are known by an identity service outside: whoever it vouches for has an account here, and may do what that account
 * may. What is known of an account is kept for half a minute, and looked up again once its access changed.
 */
export class Outsiders {
  readonly #cookies: ReadonlySet<string>;
  readonly #accounts: LRUCache<string, OutsideAccount, OutsideUser>;
  #complainedAt = -Infinity;

  constructor(private readonly options: Options) {
    this.#cookies = new Set(options.cookies);
    this.#accounts = new LRUCache<string, OutsideAccount, OutsideUser>({
      max: keptMax,
      ttl: keptMs,
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context: user }) => {
        const account = await this.options.accountOf(user);
        if (!account) throw new StormError('UNAUTHORIZED');
        return account;
      },
    });
  }

  /** A bearer token as a credential; undefined when it is ours to judge. */
  ofToken(token: string | undefined): Credential | undefined {
    return token !== undefined && this.options.source.takes(token) ? { bearer: token } : undefined;
  }

  /** Those of a request's cookies that say who somebody is; undefined when there are none. */
  ofCookies(header: string | undefined): Credential | undefined {
    const cookie = pickCookies(header, this.#cookies);
    return cookie === undefined ? undefined : { cookie };
  }

  /**
   * Who brings this credential, as a token of ours would say it. Throws UNAUTHORIZED when it is not good or the account is
   * deactivated, UNAVAILABLE when one of those that must be asked does not answer.
   */
  async recognise(credential: Credential, address: string): Promise<AccessClaims> {
    const { user, exp, signIn } = await this.options.source.identify(credential, address).catch((error: unknown) => {
      this.#complain(error);
      throw error;
    });
    const sid = `s${digest(user.issuer, user.subject, signIn).subarray(0, 16).toString('base64url')}`;
    const { userId: sub, role, ver } = await this.#accountOf(user, sid);
    return { sub, sid, role, ver, exp, outside: true };
  }

  /** Nobody but the operator can do something about it, and callers are told no more than 503. */
  #complain(error: unknown): void {
    const isRefusal = error instanceof StormError && error.code === 'UNAUTHORIZED';
    if (isRefusal || performance.now() - this.#complainedAt < complainMs) return;
    this.#complainedAt = performance.now();
    this.options.log.warn({ err: error }, 'the identity service can not be asked');
  }

  async #accountOf(user: OutsideUser, sid: string): Promise<OutsideAccount> {
    const key = digest(user.issuer, user.subject).toString('base64url');
    const kept = this.#accounts.get(key);
    if (kept && (await this.#isCurrent(kept, sid))) return kept;
    if (kept) this.#accounts.delete(key);
    const account = await this.#accounts.fetch(key, { context: user });
    if (!account) throw unavailable('the account was not looked up');
    return account;
  }

  /** By Redis; where that can't say, the account is looked up again. */
  async #isCurrent({ userId: sub, ver }: OutsideAccount, sid: string): Promise<boolean> {
    const known = await this.options.revocations.check({ sub, sid, ver, outside: true }).catch(() => 'unknown');
    return known === 'holds';
  }
}

const digest = (...parts: string[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest();
