import { Channel } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import { findVisible } from '../../channels/find-visible.js';
import { viewChannels } from '../../channels/view-channels.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ChannelPath } from '../../schemas/paths.js';

export const getChannel = operation({
  method: 'get',
  path: '/channels/:channelId',
  tag: 'channels',
  summary: 'A channel: a public one, or one that I am a member of',
  permission: 'channel.read',
  services: 'channels:read',
  request: { params: ChannelPath },
  response: { 200: Channel },
  async handle({ user, params: { channelId } }, context) {
    const { channel, membership } = await findVisible(channelId, user, context.store);
    const memberships = new Map(membership ? [[channelId, membership]] : []);
    const [view] = await viewChannels([channel], memberships, context);
    if (!view) throw new StormError('NOT_FOUND');
    return ok(view);
  },
});
