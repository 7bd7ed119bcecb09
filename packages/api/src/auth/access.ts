import type { AccessClaims } from '@storm/shared/protocol';
import { StormError, type Revocations } from '@storm/shared/node';
import { endOfAccess, type Store } from '@storm/store';

interface Options {
  store: Pick<Store, 'sessions' | 'users'>;
  revocations: Revocations;
}

/** Does a token that is genuine still hold? Redis knows what was revoked lately; where it can't say, MongoDB does. */
export class Access {
  constructor(private readonly options: Options) {}

  /** Throws UNAUTHORIZED for a token that holds no more; UNAVAILABLE without Redis, unless the caller only reads and MongoDB answers. */
  async require(claims: AccessClaims, { onlyReads }: { onlyReads: boolean }): Promise<void> {
    const known = await this.options.revocations.check(claims).catch((error: unknown) => {
      if (!onlyReads) throw error;
      return 'unknown' as const;
    });
    const holds = known === 'unknown' ? (await this.#authority(claims)) === undefined : known === 'holds';
    if (!holds) throw new StormError('UNAUTHORIZED');
  }

  async #authority(claims: AccessClaims) {
    const { sessions, users } = this.options.store;
    const [session, user] = await Promise.all([sessions.byId(claims.sid), users.byId(claims.sub)]);
    return endOfAccess(claims, { session: session ?? undefined, user: user ?? undefined });
  }
}
