import type { Frame } from './frame.js';
import { submit } from './submit.js';

export function messageEdit({ connection, payload, requestId, context }: Frame<'message.edit'>): void {
  const { changeId, channelId, id, text } = payload;
  submit({ connection, requestId, context, channelId, changeId, body: { kind: 'edit', id, text }, named: { changeId } });
}
