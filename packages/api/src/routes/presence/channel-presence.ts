import { StormError, unavailable } from '@storm/shared/node';
import { OnlineStatus, UserId } from '@storm/shared/protocol';
import { z } from 'zod';
import { findVisible } from '../../channels/find-visible.js';
import { encodeCursor, listQuery } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { pageOfOnline } from '../../presence/page-of-online.js';
import { ChannelPath } from '../../schemas/paths.js';

const Place = z.strictObject({ id: UserId });

export const channelPresence = operation({
  method: 'get',
  path: '/channels/:channelId/presence',
  tag: 'members',
  summary: 'How many members of a channel are online, and who, a page at a time; for its members',
  permission: 'member.read',
  services: 'channels:read',
  request: { params: ChannelPath, query: z.strictObject(listQuery(Place)) },
  response: {
    200: z.strictObject({
      online: z.int().describe('Counted over all members; some seconds old at most'),
      members: z.array(z.strictObject({ userId: UserId, status: OnlineStatus })),
    }),
  },
  async handle({ user, params: { channelId }, query: { cursor, limit } }, context) {
    const { channel, membership } = await findVisible(channelId, user, context.store);
    if (!membership) throw new StormError('NOT_FOUND');
    if (context.redis.status !== 'ready') throw unavailable('Redis is away');
    const { memberCount } = channel;
    const [online, { members, next }] = await Promise.all([
      context.onlineCounts.of(channelId, memberCount),
      pageOfOnline({ channelId, afterUserId: cursor?.id, limit, memberCount }, context),
    ]);
    const meta = { hasNextPage: next !== undefined, nextCursor: next === undefined ? null : encodeCursor({ id: next }) };
    return ok({ online, members }, meta);
  },
});
