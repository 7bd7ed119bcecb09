import { z } from 'zod';
import { findDeadLetter } from '../../dead-letters/find.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { DeadLetterPath } from '../../schemas/dead-letters.js';

export const dropDeadLetter = operation({
  method: 'delete',
  path: '/admin/dead-letters/:digest',
  tag: 'admin',
  summary: 'Give a dead letter up for good',
  permission: 'dead-letter.manage',
  request: { params: DeadLetterPath },
  response: { 200: z.null() },
  async handle({ user, params: { digest }, address }, { store, audit }) {
    const letter = await findDeadLetter(digest, store);
    const details = { channelId: letter.channelId ?? undefined };
    await audit.record({ actor: user.sub, action: 'dead-letter-dropped', target: digest, address, details });
    await store.deadLetters.remove(letter);
    return ok(null);
  },
});
