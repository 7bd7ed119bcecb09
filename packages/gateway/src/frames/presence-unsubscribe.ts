import type { Frame } from './frame.js';

/** Watches users no more. Not answered. */
export function presenceUnsubscribe({ connection, payload, context }: Frame<'presence.unsubscribe'>): void {
  context.watches.unsubscribe(connection, payload.userIds);
}
