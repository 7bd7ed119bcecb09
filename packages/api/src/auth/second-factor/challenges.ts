import { createHash } from 'node:crypto';
import { deriveKey, KeyRing, signJwt, StormError, tokenKeys, verifyJwt, type TokenOptions } from '@storm/shared/node';
import { UserId, type SecondFactorRequired } from '@storm/shared/protocol';
import type { User } from '@storm/store';
import { z } from 'zod';

const ttlSeconds = 5 * 60;
/** No access token passes for one, nor the other way round. */
const typ = 'second-factor+jwt';

/** What a user still has to show after the password: a code, or, having no second factor where one is asked for, a new one. */
export type Missing = 'code' | 'enrolment';

const Claims = z.object({ sub: UserId, state: z.string(), missing: z.enum(['code', 'enrolment']) });

interface Options {
  /** Only the api has these: what a gateway holds makes none. */
  refreshKeys: KeyRing;
  tokens: Pick<TokenOptions, 'issuer' | 'audience' | 'now'>;
}

/** Proof that somebody gave the right password, good for five minutes and until password, role or activity change. */
export class Challenges {
  readonly #kind;

  constructor({ refreshKeys, tokens: { issuer, audience, now = Date.now } }: Options) {
    const keys = refreshKeys.entries.map(({ kid, key }) => ({ kid, key: deriveKey(key, 'storm challenge v1') }));
    this.#kind = { keys: tokenKeys({ secret: new KeyRing(keys) }), typ, issuer, audience, now };
  }

  issue(user: User, missing: Missing): SecondFactorRequired {
    const claims: z.input<typeof Claims> = { sub: user._id, state: stateOf(user), missing };
    const challenge = signJwt(claims, { ...this.#kind, ttlSeconds });
    return { challenge, expiresIn: ttlSeconds, ...(missing === 'enrolment' ? { enrol: true } : {}) };
  }

  /** Whose it is, and how they stood. Throws UNAUTHORIZED for what `issue` did not make for this, or too long ago. */
  open(challenge: string, missing: Missing): { userId: string; state: string } {
    try {
      const claims = Claims.parse(verifyJwt(challenge, this.#kind));
      if (claims.missing === missing) return { userId: claims.sub, state: claims.state };
    } catch (error) {
      throw new StormError('UNAUTHORIZED', { cause: error });
    }
    throw new StormError('UNAUTHORIZED');
  }
}

/** What a challenge is bound to, beside the user. Of a salted hash of the password nothing can be told from this. */
export const stateOf = ({ accessVersion, passwordHash }: User): string =>
  createHash('sha256').update(`${accessVersion} ${passwordHash}`).digest('base64url');
