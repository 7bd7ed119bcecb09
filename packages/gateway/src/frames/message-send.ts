import type { Frame } from './frame.js';
import { submit } from './submit.js';

export function messageSend({ connection, payload, requestId, context }: Frame<'message.send'>): void {
  const { messageId, channelId, text, clientTs, threadId = null } = payload;
  const body = { kind: 'message' as const, text, threadId, clientTs };
  submit({ connection, requestId, context, channelId, changeId: messageId, body, named: { messageId } });
}
