import { z } from 'zod';
import { findDeadLetter } from '../../dead-letters/find.js';
import { replay } from '../../dead-letters/replay.js';
import { operation } from '../../http/operation.js';
import { DeadLetterPath } from '../../schemas/dead-letters.js';

export const replayDeadLetter = operation({
  method: 'post',
  path: '/admin/dead-letters/:digest/replay',
  tag: 'admin',
  summary: 'Put a dead letter back into the queue: what was stored meanwhile is found, and stored once',
  permission: 'dead-letter.manage',
  request: { params: DeadLetterPath },
  response: { 202: z.null() },
  async handle({ user, params: { digest }, address }, context) {
    const letter = await findDeadLetter(digest, context.store);
    const details = { channelId: letter.channelId ?? undefined };
    await context.audit.record({ actor: user.sub, action: 'dead-letter-replayed', target: digest, address, details });
    await replay(letter, context);
    return { status: 202, data: null };
  },
});
