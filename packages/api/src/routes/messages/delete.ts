import { Message } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showMessage } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { MessagePath } from '../../schemas/paths.js';

export const deleteMessage = operation({
  method: 'delete',
  path: '/channels/:channelId/messages/:messageId',
  tag: 'messages',
  summary: 'Delete a message: its text is wiped, its place stays',
  permission: 'message.delete',
  services: 'messages:send',
  limit: 'sends',
  headers: ['idempotency-key'],
  request: { params: MessagePath },
  response: { 200: z.union([Message, duplicateOf(Message), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId, messageId }, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'delete', id: messageId } }, context);
    return answer(submitted, showMessage);
  },
});
