import { type Model, trusted } from 'mongoose';
import type { Session } from './schema.js';

export type { Session } from './schema.js';

export interface Rotation {
  sessionId: string;
  fromGeneration: number;
  currentHash: string;
  nextHash: string;
  at: Date;
  expiresAt: Date;
}

const listMax = 100;

export type SessionQueries = ReturnType<typeof sessionQueries>;

export function sessionQueries(sessions: Model<Session>) {
  return {
    async create(session: Session): Promise<void> {
      await sessions.create(session);
    },

    /** Revoked and expired ones too, until they are swept. A majority read: it decides who is signed in. */
    async byId(sessionId: string): Promise<Session | null> {
      return sessions
        .findOne({ _id: { $eq: sessionId } })
        .readConcern('majority')
        .lean();
    },

    /** Puts the next refresh token in the place of the current one. False, and nothing changed, unless the session holds and
     * has exactly this generation and token: of two at once, one succeeds. */
    async rotate({ sessionId, fromGeneration, currentHash, nextHash, at, expiresAt }: Rotation): Promise<boolean> {
      const { matchedCount } = await sessions.updateOne(
        {
          _id: { $eq: sessionId },
          generation: { $eq: fromGeneration },
          tokenHash: { $eq: currentHash },
          revokedAt: null,
          expiresAt: trusted({ $gt: at }),
        },
        { $set: { tokenHash: nextHash, generation: fromGeneration + 1, lastUsedAt: at, expiresAt } },
      );
      return matchedCount === 1;
    },

    /** False when it was revoked before, or never was. */
    async revoke(sessionId: string, at = new Date()): Promise<boolean> {
      const { matchedCount } = await sessions.updateOne(
        { _id: { $eq: sessionId }, revokedAt: null },
        { $set: { revokedAt: at } },
      );
      return matchedCount === 1;
    },

    /** Revokes what a user has open, but for `except`. */
    async revokeAllOf(userId: string, { except, at = new Date() }: { except?: string; at?: Date } = {}): Promise<void> {
      const others = except === undefined ? {} : { _id: trusted({ $ne: except }) };
      await sessions.updateMany({ userId: { $eq: userId }, revokedAt: null, ...others }, { $set: { revokedAt: at } });
    },

    /** The sessions of a user that hold at `now`, at most 100. */
    async listOf(userId: string, now = new Date()): Promise<Session[]> {
      return sessions
        .find({ userId: { $eq: userId }, revokedAt: null, expiresAt: trusted({ $gt: now }) })
        .hint({ userId: 1 }) // a planner may take the one on expiresAt, and read everybody's
        .limit(listMax)
        .lean();
    },
  };
}
