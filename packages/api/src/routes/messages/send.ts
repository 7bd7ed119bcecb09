import { Message, MessageQueued, MessageSend } from '@storm/shared/protocol';
import { z } from 'zod';
import { answerVerdict, headersOf, preferenceApplied, showMessage } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { Done, duplicateOf } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';

export const sendMessage = operation({
  method: 'post',
  path: '/channels/:channelId/messages',
  tag: 'messages',
  summary: 'Send a message: answered once it is queued, or with `Prefer: wait` once it is stored',
  permission: 'message.send',
  services: 'messages:send',
  limit: 'sends',
  headers: ['prefer'],
  request: { params: ChannelPath, body: MessageSend },
  response: { 202: MessageQueued, 201: Message, 200: z.union([duplicateOf(Message), Done]) },
  async handle({ user, params: { channelId }, body: { messageId, text, clientTs, threadId = null }, waitMs = 0 }, context) {
    await context.memberships.requireMember(user.sub, channelId);
    const body = { kind: 'message' as const, text, threadId, clientTs };
    const submitted = await submit({ user, channelId, changeId: messageId, body, waitMs }, context);
    const headers = { ...headersOf(submitted), ...(waitMs > 0 ? preferenceApplied(waitMs) : {}) };
    if (!submitted.verdict) return { status: 202, data: { id: submitted.id, messageId, status: 'queued' as const }, headers };
    return { ...answerVerdict(submitted.verdict, showMessage, 201), headers };
  },
});
