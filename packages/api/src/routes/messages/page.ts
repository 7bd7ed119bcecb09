import { Message, PageQuery } from '@storm/shared/protocol';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ChannelPath } from '../../schemas/paths.js';
import { toMessage } from '../../views/message.js';

export const pageMessages = operation({
  method: 'get',
  path: '/channels/:channelId/messages',
  tag: 'messages',
  summary: 'A page of history, ascending: the latest, or before, after or around a position',
  permission: 'message.read',
  request: { params: ChannelPath, query: PageQuery },
  response: { 200: z.array(Message) },
  async handle({ user, params: { channelId }, query }, { asker }) {
    const { messages, head, hasMore } = await asker.ask({ kind: 'page', userId: user.sub, channelId, ...query });
    return ok(messages.map(toMessage), { head, hasNextPage: hasMore });
  },
});
