import { z } from 'zod';

/** 128 bits as base64url, after a letter that names the kind of thing. */
const id = (letters: string) => z.string().regex(new RegExp(`^[${letters}][A-Za-z0-9_-]{22}$`), 'not an id');

export const UserId = id('u');
export const SessionId = id('s');
export const ServiceKeyId = id('k');
/** `c…` is a channel, `d…` a direct message. */
export const ChannelId = id('cd');
export const MessageId = id('m');
export const NotificationId = id('n');

/** The client's name for a change: its idempotency key. Lower-cased, so that one UUID has one spelling. */
export const ChangeId = z.uuid().toLowerCase();

export type UserId = z.infer<typeof UserId>;
export type SessionId = z.infer<typeof SessionId>;
export type ServiceKeyId = z.infer<typeof ServiceKeyId>;
export type ChannelId = z.infer<typeof ChannelId>;
export type MessageId = z.infer<typeof MessageId>;
export type NotificationId = z.infer<typeof NotificationId>;
export type ChangeId = z.infer<typeof ChangeId>;
