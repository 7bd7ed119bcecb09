import { type Model, trusted } from 'mongoose';
import { changedSince, chunkSize } from '../collection.js';
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

    /** Revokes what a user has open, but for `except`. The ids of what ended; with `since`, of what ended then or later, too. */
    async revokeAllOf(
      userId: string,
      { except, at = new Date(), since }: { except?: string; at?: Date; since?: Date } = {},
    ): Promise<string[]> {
      const ended = since && { $or: [{ revokedAt: null }, { revokedAt: trusted({ $gte: since }) }] };
      const found = await sessions
        .find({ userId: { $eq: userId }, ...(ended ?? { revokedAt: null }) }, { _id: 1 })
        .hint({ userId: 1 })
        .lean();
      const ids = found.map(({ _id }) => _id).filter((id) => id !== except);
      if (ids.length > 0) await sessions.updateMany({ _id: trusted({ $in: ids }), revokedAt: null }, { $set: { revokedAt: at } });
      return ids;
    },

    /** Those of the sessions that there are, in no order. A majority read: it decides who is signed in. */
    async byIds(sessionIds: readonly string[]): Promise<Session[]> {
      return sessions
        .find({ _id: trusted({ $in: [...sessionIds] }) })
        .readConcern('majority')
        .lean();
    },

    /** Sessions revoked at or after `since`, the earliest first, beyond the one named. At most 500. */
    async revokedSince(since: Date, afterId = ''): Promise<Session[]> {
      return sessions
        .find(changedSince('revokedAt', since, afterId))
        .sort({ revokedAt: 1, _id: 1 })
        .limit(chunkSize)
        .lean();
    },

    /** The sessions of a user that hold at `now`, at most 100. */
    async listOf(userId: string, now = new Date()): Promise<Session[]> {
      return sessions
        .find({ userId: { $eq: userId }, revokedAt: null, expiresAt: trusted({ $gt: now }) })
        .hint({ userId: 1 }) // a planner may take the one on expiresAt, and read everybody's
        .limit(listMax)
        .lean();
    },

    /** Of the sessions of a user that hold at `now`, those beyond the `keep` that were used last; at most 500. */
    async beyond(userId: string, keep: number, now = new Date()): Promise<Session[]> {
      return sessions
        .find({ userId: { $eq: userId }, revokedAt: null, expiresAt: trusted({ $gt: now }) })
        .hint({ userId: 1 }) // as above
        .sort({ lastUsedAt: -1, _id: -1 })
        .skip(keep)
        .limit(chunkSize)
        .lean();
    },
  };
}
