import type { Frame } from './frame.js';

export function ping({ connection, requestId, context }: Frame<'ping'>): void {
  connection.send('pong', { serverTs: context.now() }, requestId);
}
