import { IsoTime, SessionId } from '@storm/shared/protocol';
import { z } from 'zod';

/** Somewhere a user is signed in. */
export const SessionView = z.strictObject({
  id: SessionId,
  device: z.string().nullable(),
  address: z.string().nullable(),
  createdAt: IsoTime,
  lastUsedAt: IsoTime,
  expiresAt: IsoTime,
  /** The one that asks. */
  current: z.boolean(),
});
