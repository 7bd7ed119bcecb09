import { Channel } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showChannel } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';

export const joinChannel = operation({
  method: 'post',
  path: '/channels/:channelId/join',
  tag: 'channels',
  summary: 'Join a public channel',
  permission: 'channel.join',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { params: ChannelPath },
  response: { 200: z.union([Channel, duplicateOf(Channel), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId }, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'join' } }, context);
    return answer(submitted, showChannel);
  },
});
