import { ChangeId, ChannelId, IsoTime, UserId } from '@storm/shared/protocol';
import { z } from 'zod';

/** SHA-256 of the entry as base64url. */
export const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'not a digest');
export const DeadLetterPath = z.strictObject({ digest: Digest });

/** What an operator sees of a change that could not be opened, parsed or stored: never what is in it. */
export const DeadLetterView = z.strictObject({
  digest: Digest,
  /** Null where the entry was too broken to tell. */
  channelId: ChannelId.nullable(),
  senderId: UserId.nullable(),
  changeId: ChangeId.nullable(),
  reason: z.string(),
  attempts: z.int(),
  failedAt: IsoTime,
});
