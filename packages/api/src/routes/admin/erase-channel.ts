import { answer, showNothing } from '../../changes/answer.js';
import { submit } from '../../changes/submit.js';
import { operation } from '../../http/operation.js';
import { ChangeQueued, Done } from '../../schemas/changes.js';
import { ChannelPath } from '../../schemas/paths.js';

export const eraseChannel = operation({
  method: 'post',
  path: '/admin/channels/:channelId/erase',
  tag: 'admin',
  summary: 'Destroy the keys of a channel’s history: nobody reads it again, and it takes no more changes',
  permission: 'channel.erase',
  headers: ['idempotency-key'],
  request: { params: ChannelPath },
  response: { 200: Done, 202: ChangeQueued },
  async handle({ user, params: { channelId }, key, address }, context) {
    // Before: whether it was taken may stay unknown, and what is destroyed must not lack an entry.
    await context.audit.record({ actor: user.sub, action: 'erased', target: channelId, address });
    const submitted = await submit({ user, channelId, changeId: key, body: { kind: 'erase' } }, context);
    return answer(submitted, showNothing);
  },
});
