import { Message, MessageEdit } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showMessage } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { MessagePath } from '../../schemas/paths.js';

export const editMessage = operation({
  method: 'patch',
  path: '/channels/:channelId/messages/:messageId',
  tag: 'messages',
  summary: 'Give a message of one’s own another text, while it is not too old',
  permission: 'message.send',
  services: 'messages:send',
  limit: 'sends',
  headers: ['idempotency-key'],
  request: { params: MessagePath, body: MessageEdit },
  response: { 200: z.union([Message, duplicateOf(Message), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId, messageId }, body: { text }, key }, context) {
    const change = { user, channelId, changeId: key, body: { kind: 'edit' as const, id: messageId, text } };
    return answer(await submit(change, context), showMessage);
  },
});
