import { Channel, ChannelUpdate } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showChannel } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';

export const updateChannel = operation({
  method: 'patch',
  path: '/channels/:channelId',
  tag: 'channels',
  summary: 'Rename a channel or change its description',
  permission: 'channel.update',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { params: ChannelPath, body: ChannelUpdate },
  response: { 200: z.union([Channel, duplicateOf(Channel), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId }, body, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'rename', ...body } }, context);
    return answer(submitted, showChannel);
  },
});
