import { Message, Position } from '@storm/shared/protocol';
import { z } from 'zod';
import { encodeCursor, listQuery } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { MessagePath } from '../../schemas/paths.js';
import { toMessage } from '../../views/message.js';

const Place = z.strictObject({ position: Position });

export const listReplies = operation({
  method: 'get',
  path: '/channels/:channelId/messages/:messageId/replies',
  tag: 'messages',
  summary: 'The replies to a message, oldest first',
  permission: 'message.read',
  services: 'messages:read',
  request: { params: MessagePath, query: z.strictObject(listQuery(Place)) },
  response: { 200: z.array(Message) },
  async handle({ user, params: { channelId, messageId: id }, query: { cursor, limit } }, { asker }) {
    const after = cursor?.position ?? 0;
    const { messages, head, hasMore } = await asker.ask({ kind: 'replies', userId: user.sub, channelId, id, after, limit });
    const last = messages.at(-1);
    const nextCursor = hasMore && last ? encodeCursor({ position: last.position }) : null;
    return ok(messages.map(toMessage), { head, hasNextPage: hasMore, nextCursor });
  },
});
