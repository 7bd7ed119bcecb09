import { Member, MemberAdd } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showMember } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';

export const addMember = operation({
  method: 'post',
  path: '/channels/:channelId/members',
  tag: 'members',
  summary: 'Add a user to a channel',
  permission: 'member.manage',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { params: ChannelPath, body: MemberAdd },
  response: { 201: Member, 200: z.union([duplicateOf(Member), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId }, body: { userId, role = 'member' }, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'add', userId, role } }, context);
    return answer(submitted, showMember, 201);
  },
});
