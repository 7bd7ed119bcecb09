import { z } from 'zod';
import { UserId } from '../protocol/index.js';

/**
 * What gateways tell each other of who types in a chat channel: on the pub/sub channel of its events, sealed as they are, at
 * most once and never stored.
 */
export const TypingSignal = z.strictObject({ userId: UserId, isTyping: z.boolean() });
export type TypingSignal = z.infer<typeof TypingSignal>;

export const typingAad = (channelId: string): string[] => ['typing', channelId];

/** What tells it from events: its envelope begins with a version, theirs with the high byte of a length below 16 MiB. */
export const isTypingSignal = (message: Uint8Array): boolean => message[0] === 1;
