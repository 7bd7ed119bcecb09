import { Member, UserId } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { findVisible } from '../../channels/find-visible.js';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ChannelPath } from '../../schemas/paths.js';
import { toMember } from '../../views/member.js';

const Place = z.strictObject({ id: UserId });

export const listMembers = operation({
  method: 'get',
  path: '/channels/:channelId/members',
  tag: 'members',
  summary: 'The members of a channel, for its members',
  permission: 'member.read',
  services: 'channels:read',
  request: { params: ChannelPath, query: z.strictObject(listQuery(Place)) },
  response: { 200: z.array(Member) },
  async handle({ user, params: { channelId }, query: { cursor, limit } }, { store }) {
    const { channel, membership } = await findVisible(channelId, user, store);
    if (!membership && user.role !== 'admin') throw new StormError('NOT_FOUND');
    const after = cursor && { afterUserId: cursor.id };
    const found = await store.memberships.members(channelId, { ...after, limit: limit + 1, memberCount: channel.memberCount });
    const { items, meta } = pageOf(found, limit, ({ userId }) => ({ id: userId }));
    return ok(items.map(toMember), meta);
  },
});
