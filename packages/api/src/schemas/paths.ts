import { ChannelId, Emoji, MessageId, NotificationId, SessionId, UserId } from '@storm/shared/protocol';
import { z } from 'zod';

/** What the `:names` of paths are. */
export const ChannelPath = z.strictObject({ channelId: ChannelId });
export const MemberPath = z.strictObject({ channelId: ChannelId, userId: UserId });
export const MessagePath = z.strictObject({ channelId: ChannelId, messageId: MessageId });
export const ReactionPath = z.strictObject({ channelId: ChannelId, messageId: MessageId, emoji: Emoji });
export const NotificationPath = z.strictObject({ notificationId: NotificationId });
export const UserPath = z.strictObject({ userId: UserId });
export const SessionPath = z.strictObject({ sessionId: SessionId });
