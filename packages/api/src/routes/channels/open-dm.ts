import { dmIdOf } from '@storm/shared/contracts';
import { Channel, DirectMessage } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showChannel } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';

export const openDm = operation({
  method: 'post',
  path: '/dms',
  tag: 'channels',
  summary: 'Open the direct message with a user; there is one per pair, whoever begins it',
  permission: 'channel.create',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { body: DirectMessage },
  response: { 201: Channel, 200: z.union([duplicateOf(Channel), Done]), 202: ChangeQueued },
  async handle({ user, body: { userId }, key }, context) {
    const channelId = dmIdOf(user.sub, userId);
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'dm', userId } }, context);
    return answer(submitted, showChannel, 201);
  },
});
