import { hash, randomBytes } from 'node:crypto';
import type { ChannelId, MessageId, NotificationId, ServiceKeyId, SessionId, UserId } from '../protocol/index.js';

/** 128 bits of a SHA-256 over length-prefixed parts, so that no two lists of parts meet. */
function derive(letter: string, ...parts: string[]): string {
  let text = letter;
  for (const part of parts) text += `:${part.length}:${part}`;
  // In one call: a Hash object would cost six times as much, and every message is named so.
  return letter + hash('sha256', text, 'buffer').toString('base64url', 0, 16);
}

const random = (letter: string): string => letter + randomBytes(16).toString('base64url');

/** Known before the message is stored, and the same however often it is sent. */
export const messageIdOf = (channelId: string, senderId: string, changeId: string): MessageId =>
  derive('m', channelId, senderId, changeId);

/** A repeated creation finds the first channel. */
export const channelIdOf = (creatorId: string, changeId: string): ChannelId => derive('c', creatorId, changeId);

/** One direct message per pair, whoever begins it. */
export const dmIdOf = (a: string, b: string): ChannelId => (a < b ? derive('d', a, b) : derive('d', b, a));

/** One for a user under a key. */
export const notificationIdOf = (userId: string, key: string): NotificationId => derive('n', userId, key);

export const newUserId = (): UserId => random('u');
export const newSessionId = (): SessionId => random('s');
export const newServiceKeyId = (): ServiceKeyId => random('k');
