import { newSessionId } from '@storm/shared/contracts';
import { limits, type Tokens as TokensSchema } from '@storm/shared/protocol';
import { signAccessToken, StormError, type TokenOptions } from '@storm/shared/node';
import type { Session, Store, User } from '@storm/store';
import type { z } from 'zod';
import type { AuditLog } from '../audit/audit-log.js';
import type { Revoker } from './revoker.js';
import type { SecondFactors } from './second-factor/second-factors.js';
import { hashOf, type RefreshToken, type RefreshTokens } from './refresh-tokens.js';

type Tokens = z.infer<typeof TokensSchema>;

interface Options {
  store: Pick<Store, 'sessions' | 'users'>;
  revoker: Revoker;
  audit: Pick<AuditLog, 'record'>;
  secondFactors: Pick<SecondFactors, 'isEnforced' | 'isOwed'>;
  refreshTokens: RefreshTokens;
  tokens: TokenOptions;
  accessTokenSeconds: number;
  refreshTokenSeconds: number;
  /** How long a session may last at most. */
  sessionSeconds: number;
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

  /** Throws UNAUTHORIZED when the account was deactivated, or got another password, while its user signed in. */
  async open(user: User, from: Pick<Session, 'device' | 'address'>): Promise<Tokens> {
    const token = this.options.refreshTokens.first(newSessionId());
    const now = new Date(this.#now());
    const expiresAt = this.#expiry(now, now);
    await this.options.store.sessions.create({
      _id: token.sessionId,
      userId: user._id,
      generation: token.generation,
      tokenHash: hashOf(token),
      ...from,
      createdAt: now,
      lastUsedAt: now,
      expiresAt,
      revokedAt: null,
    });
    // Whoever ended all sessions of the user a moment ago did not see this one.
    const current = await this.options.store.users.byId(user._id);
    if (!current?.isActive || current.passwordHash !== user.passwordHash) {
      await this.options.revoker.endSession({ _id: token.sessionId, userId: user._id });
      throw new StormError('UNAUTHORIZED');
    }
    await this.#makeRoom(user._id, token.sessionId);
    return this.#tokensFor(current, token, expiresAt);
  }

  /**
   * New tokens for a refresh token. Throws UNAUTHORIZED; SECOND_FACTOR_REQUIRED, and the token stays good, when the user's role
   * asks for a second factor by now and they have none.
   */
  async refresh(text: string, { address }: Pick<Session, 'address'>): Promise<Tokens> {
    const { refreshTokens, store } = this.options;
    const presented = refreshTokens.decode(text);
    const next = refreshTokens.successorOf(presented);
    const now = new Date(this.#now());
    const session = await this.#holding(presented.sessionId, now);
    if (presented.generation === session.generation) await this.#requireSecondFactor(session.userId);
    const expiresAt = this.#expiry(session.createdAt, now);
    const rotated = await store.sessions.rotate({
      sessionId: session._id,
      fromGeneration: presented.generation,
      currentHash: hashOf(presented),
      nextHash: hashOf(next),
      at: now,
      expiresAt,
    });
    if (!rotated && !isTwin(await this.#holding(session._id, now), next, now)) {
      // Its MAC holds, so we gave it out, and somebody used it before: one of the two is not its owner.
      await this.#endReused(session, address);
      throw new StormError('UNAUTHORIZED');
    }
    const user = await store.users.byId(session.userId);
    if (!user?.isActive) throw new StormError('UNAUTHORIZED');
    return this.#tokensFor(user, next, expiresAt);
  }

  async #endReused({ _id: target, userId: actor }: Session, address: string | null): Promise<void> {
    const { revoker, audit } = this.options;
    const record = () => audit.record({ actor, action: 'refresh-reuse', target, address });
    await revoker.endSession({ _id: target, userId: actor }).finally(record);
  }

  async #requireSecondFactor(userId: string): Promise<void> {
    const { store, secondFactors } = this.options;
    if (!secondFactors.isEnforced) return;
    const user = await store.users.byId(userId);
    if (user && (await secondFactors.isOwed(user))) throw new StormError('SECOND_FACTOR_REQUIRED');
  }

  /** The session of a refresh token; undefined for what is none of ours. Whether it holds is not looked at. */
  sessionIn(text: string): string | undefined {
    try {
      return this.options.refreshTokens.decode(text).sessionId;
    } catch {
      return undefined;
    }
  }

  async #holding(sessionId: string, now: Date): Promise<Session> {
    const session = await this.options.store.sessions.byId(sessionId);
    if (!session || session.revokedAt || session.expiresAt <= now) throw new StormError('UNAUTHORIZED');
    return session;
  }

  /** Ends the sessions of a user that were used longest ago, beyond as many as one may have. */
  async #makeRoom(userId: string, newest: string): Promise<void> {
    const { store, revoker, audit } = this.options;
    const old = await store.sessions.beyond(userId, limits.sessionsPerUser, new Date(this.#now()));
    for (const session of old) {
      if (session._id === newest) continue;
      const event = { actor: userId, action: 'session-revoked', target: session._id, details: { reason: 'too-many' } } as const;
      await revoker.endSession(session).finally(() => audit.record(event));
    }
  }

  #expiry(createdAt: Date, now: Date): Date {
    const { refreshTokenSeconds, sessionSeconds } = this.options;
    return new Date(Math.min(now.getTime() + refreshTokenSeconds * 1_000, createdAt.getTime() + sessionSeconds * 1_000));
  }

  #tokensFor({ _id: sub, role, accessVersion: ver }: User, token: RefreshToken, expiresAt: Date): Tokens {
    const { accessTokenSeconds, tokens, refreshTokens } = this.options;
    // No access token outlives its session.
    const expiresIn = Math.min(accessTokenSeconds, Math.ceil((expiresAt.getTime() - this.#now()) / 1_000));
    return {
      accessToken: signAccessToken({ sub, sid: token.sessionId, role, ver }, expiresIn, tokens),
      refreshToken: refreshTokens.encode(token),
      expiresIn,
    };
  }
}

const isTwin = ({ generation, tokenHash, lastUsedAt }: Session, next: RefreshToken, now: Date): boolean =>
  generation === next.generation && tokenHash === hashOf(next) && now.getTime() - lastUsedAt.getTime() <= twinMs;
