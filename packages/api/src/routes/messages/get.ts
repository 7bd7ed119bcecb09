import { Message } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { MessagePath } from '../../schemas/paths.js';
import { toMessage } from '../../views/message.js';

export const getMessage = operation({
  method: 'get',
  path: '/channels/:channelId/messages/:messageId',
  tag: 'messages',
  summary: 'A message',
  permission: 'message.read',
  services: 'messages:read',
  request: { params: MessagePath },
  response: { 200: Message },
  async handle({ user, params: { channelId, messageId } }, { asker }) {
    return ok(toMessage(await asker.ask({ kind: 'message', userId: user.sub, channelId, id: messageId })));
  },
});
