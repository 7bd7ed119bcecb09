import { Message } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showMessage } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { ReactionPath } from '../../schemas/paths.js';

const reaction = (method: 'put' | 'delete', summary: string, added: boolean) =>
  operation({
    method,
    path: '/channels/:channelId/messages/:messageId/reactions/:emoji',
    tag: 'messages',
    summary,
    permission: 'message.react',
    services: 'messages:send',
    limit: 'sends',
    headers: ['idempotency-key'],
    request: { params: ReactionPath },
    response: { 200: z.union([Message, duplicateOf(Message), Done]), 202: ChangeQueued },
    async handle({ user, params: { channelId, messageId: id, emoji }, key }, context) {
      const body = { kind: 'reaction' as const, id, emoji, added };
      return answer(await submit({ user, channelId, changeId: key, body }, context), showMessage);
    },
  });

export const react = reaction('put', 'React to a message; the same again changes nothing', true);
export const takeBackReaction = reaction('delete', 'Take a reaction back', false);
