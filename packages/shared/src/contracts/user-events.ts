import { z } from 'zod';
import { ChannelId, ChannelState, Millis, NotificationState, Position, PresenceStatus, Seq, UserId } from '../protocol/index.js';

/** What a worker, or of its status another gateway, tells the gateways that hold a user's connections; sealed like events, AAD `['user', userId]`. */
export const UserEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('joined'), channelId: ChannelId, seq: Seq, channel: ChannelState }),
  /** One of its devices chose what others see of it. */
  z.strictObject({ kind: z.literal('status'), status: PresenceStatus }),
  z.strictObject({ kind: z.literal('left'), channelId: ChannelId, seq: Seq }),
  z.strictObject({ kind: z.literal('notification'), notification: NotificationState }),
  z.strictObject({ kind: z.literal('read'), channelId: ChannelId, position: Position, readAt: Millis }),
]);
export type UserEvent = z.infer<typeof UserEvent>;

export const userEventAad = (userId: string): string[] => ['user', userId];

/** What moved in a shard within the last 30 s; sealed, AAD `['beat', shard]`. A gateway that is behind asks. */
export const Beat = z.strictObject({
  heads: z.array(z.tuple([ChannelId, Seq, Position])),
  members: z.array(z.strictObject({ userId: UserId, channelId: ChannelId, seq: Seq, active: z.boolean() })),
});
export type Beat = z.infer<typeof Beat>;

export const beatAad = (shard: number): (string | number)[] => ['beat', shard];
