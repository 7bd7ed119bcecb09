import { newSessionId } from '@storm/shared/contracts';
import type { Role, Tokens as TokensSchema } from '@storm/shared/protocol';
import { signAccessToken, StormError, type TokenOptions } from '@storm/shared/node';
import type { Session, Store, User } from '@storm/store';
import type { z } from 'zod';
import { hashOf, type RefreshToken, type RefreshTokens } from './refresh-tokens.js';

type Tokens = z.infer<typeof TokensSchema>;

interface Options {
  store: Pick<Store, 'sessions' | 'users'>;
  refreshTokens: RefreshTokens;
  tokens: TokenOptions;
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  now?: () => number;
}

/** How long after a rotation the token before it still gets the same successor: two tabs wake up at once. */
const twinMs = 10_000;

/** Signing in, staying signed in and signing out. Refresh tokens are single use; a used one that comes back ends its session. */
export class Sessions {
  readonly #now: () => number;

  constructor(private readonly options: Options) {
    this.#now = options.now ?? Date.now;
  }

  async open(user: User, from: Pick<Session, 'device' | 'address'>): Promise<Tokens> {
    const token = this.options.refreshTokens.first(newSessionId());
    const now = new Date(this.#now());
    await this.options.store.sessions.create({
      _id: token.sessionId,
      userId: user._id,
      generation: token.generation,
      tokenHash: hashOf(token),
      ...from,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: this.#expiry(now),
      revokedAt: null,
    });
    return this.#tokensFor({ userId: user._id, role: user.role }, token);
  }

  /** New tokens for a refresh token. Throws UNAUTHORIZED. */
  async refresh(text: string): Promise<Tokens> {
    const { refreshTokens, store } = this.options;
    const presented = refreshTokens.decode(text);
    const next = refreshTokens.successorOf(presented);
    const now = new Date(this.#now());
    const rotated = await store.sessions.rotate({
      sessionId: presented.sessionId,
      fromGeneration: presented.generation,
      currentHash: hashOf(presented),
      nextHash: hashOf(next),
      at: now,
      expiresAt: this.#expiry(now),
    });
    const session = await store.sessions.byId(presented.sessionId);
    if (!session || session.revokedAt || session.expiresAt <= now) throw new StormError('UNAUTHORIZED');
    if (!rotated && !isTwin(session, next, now)) {
      // Its MAC holds, so we gave it out, and somebody used it before: one of the two is not its owner.
      await store.sessions.revoke(session._id, now);
      throw new StormError('UNAUTHORIZED');
    }
    const user = await store.users.byId(session.userId);
    if (!user?.isActive) throw new StormError('UNAUTHORIZED');
    return this.#tokensFor({ userId: user._id, role: user.role }, next);
  }

  #expiry(now: Date): Date {
    return new Date(now.getTime() + this.options.refreshTokenSeconds * 1_000);
  }

  #tokensFor({ userId, role }: { userId: string; role: Role }, token: RefreshToken): Tokens {
    const { accessTokenSeconds, tokens, refreshTokens } = this.options;
    return {
      accessToken: signAccessToken({ sub: userId, sid: token.sessionId, role }, accessTokenSeconds, tokens),
      refreshToken: refreshTokens.encode(token),
      expiresIn: accessTokenSeconds,
    };
  }
}

const isTwin = ({ generation, tokenHash, lastUsedAt }: Session, next: RefreshToken, now: Date): boolean =>
  generation === next.generation && tokenHash === hashOf(next) && now.getTime() - lastUsedAt.getTime() <= twinMs;
