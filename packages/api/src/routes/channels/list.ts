import { Channel, ChannelId, Millis } from '@storm/shared/protocol';
import { z } from 'zod';
import { pageOfMine, pageOfPublic } from '../../channels/pages.js';
import { viewChannels } from '../../channels/view-channels.js';
import { cursorOf, PageLimit } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';

const Place = z.strictObject({ id: ChannelId, at: Millis.optional() });
const query = z.strictObject({
  scope: z.enum(['mine', 'public']).default('mine'),
  cursor: cursorOf(Place).optional(),
  limit: PageLimit,
});

export const listChannels = operation({
  method: 'get',
  path: '/channels',
  tag: 'channels',
  summary: 'The channels that I am a member of; with `scope=public` all public ones',
  permission: 'channel.read',
  services: 'channels:read',
  request: { query },
  response: { 200: z.array(Channel) },
  async handle({ user, query: { scope, cursor, limit } }, context) {
    const pageOf = scope === 'public' ? pageOfPublic : pageOfMine;
    const { channels, memberships, meta } = await pageOf({ userId: user.sub, cursor, limit }, context.store);
    return ok(await viewChannels(channels, memberships, context), meta);
  },
});
