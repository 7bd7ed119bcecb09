import { Member, MemberUpdate } from '@storm/shared/protocol';
import { z } from 'zod';
import { answer, showMember } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done, duplicateOf } from '../../schemas/changes.js';
import { MemberPath } from '../../schemas/paths.js';

export const setMemberRole = operation({
  method: 'patch',
  path: '/channels/:channelId/members/:userId',
  tag: 'members',
  summary: "Change a member's role",
  permission: 'member.manage',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { params: MemberPath, body: MemberUpdate },
  response: { 200: z.union([Member, duplicateOf(Member), Done]), 202: ChangeQueued },
  async handle({ user, params: { channelId, userId }, body: { role }, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'role', userId, role } }, context);
    return answer(submitted, showMember);
  },
});
