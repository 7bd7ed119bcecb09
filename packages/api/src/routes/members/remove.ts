import { answer, showNothing } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done } from '../../schemas/changes.js';
import { MemberPath } from '../../schemas/paths.js';

export const removeMember = operation({
  method: 'delete',
  path: '/channels/:channelId/members/:userId',
  tag: 'members',
  summary: 'Remove a member from a channel',
  permission: 'member.manage',
  services: 'channels:write',
  headers: ['idempotency-key'],
  request: { params: MemberPath },
  response: { 200: Done, 202: ChangeQueued },
  async handle({ user, params: { channelId, userId }, key }, context) {
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'remove', userId } }, context);
    context.memberships.forget(userId, channelId);
    return answer(submitted, showNothing);
  },
});
