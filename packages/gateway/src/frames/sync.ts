import type { Frame } from './frame.js';

/** Answered per channel: `sync.changes` at the client's pace, then `sync.done`. */
export function sync({ connection, payload, requestId, context }: Frame<'sync'>): void {
  context.syncs.request(connection, payload, requestId);
}
