import { channelIdOf } from '@storm/shared/contracts';
import { Channel, ChannelCreate } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showChannel } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';

export const createChannel = operation({
  method: 'post',
  path: '/channels',
  tag: 'channels',
  summary: 'Create a public or private channel; a repeated key finds the first one',
  permission: 'channel.create',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { body: ChannelCreate },
  response: { 201: Channel, 200: z.union([duplicateOf(Channel), Done]), 202: ChangeQueued },
  async handle({ user, key, body: { type, name, description = null } }, context) {
    const channelId = channelIdOf(user.sub, key);
    const submitted = await submit(
      { user, channelId, changeId: key, body: { kind: 'create', type, name, description } },
      context,
    );
    return answer(submitted, showChannel, 201);
  },
});
