import { ReadQueued, ReadUpTo } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { ChannelPath } from '../../schemas/paths.js';

export const markRead = operation({
  method: 'put',
  path: '/channels/:channelId/read',
  tag: 'channels',
  summary: 'Say how far I have read; only forward counts',
  permission: 'message.read',
  services: 'messages:send',
  request: { params: ChannelPath, body: ReadUpTo },
  response: { 202: ReadQueued },
  async handle({ user, params: { channelId }, body: { position } }, { memberships, intake }) {
    await memberships.requireMember(user.sub, channelId);
    intake.read({ channelId, userId: user.sub, position });
    return { status: 202, data: { channelId, position, status: 'queued' as const } };
  },
});
