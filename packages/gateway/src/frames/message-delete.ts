import type { Frame } from './frame.js';
import { submit } from './submit.js';

export function messageDelete({ connection, payload, requestId, context }: Frame<'message.delete'>): void {
  const { changeId, channelId, id } = payload;
  submit({ connection, requestId, context, channelId, changeId, body: { kind: 'delete', id }, named: { changeId } });
}
