import { StormError } from '@storm/shared/node';
import { limits, Receipt, UserId } from '@storm/shared/protocol';
import { z } from 'zod';
import { findVisible } from '../../channels/find-visible.js';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ChannelPath } from '../../schemas/paths.js';
import { toReceipt } from '../../views/receipt.js';

const Place = z.strictObject({ id: UserId });

export const listReceipts = operation({
  method: 'get',
  path: '/channels/:channelId/receipts',
  tag: 'channels',
  summary: 'How far the members have read; one’s own alone in a channel of more than 200',
  permission: 'message.read',
  services: 'messages:read',
  request: { params: ChannelPath, query: z.strictObject(listQuery(Place)) },
  response: { 200: z.array(Receipt) },
  async handle({ user, params: { channelId }, query: { cursor, limit } }, { store }) {
    const { channel, membership } = await findVisible(channelId, user, store);
    if (!membership) throw new StormError('NOT_FOUND');
    if (channel.memberCount > limits.receiptMembers) return ok([toReceipt(membership)], { hasNextPage: false, nextCursor: null });
    const after = cursor && { afterUserId: cursor.id };
    const found = await store.memberships.members(channelId, { ...after, limit: limit + 1 });
    const { items, meta } = pageOf(found, limit, ({ userId }) => ({ id: userId }));
    return ok(items.map(toReceipt), meta);
  },
});
