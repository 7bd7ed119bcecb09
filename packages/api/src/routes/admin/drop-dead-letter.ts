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
  async handle({ params: { digest } }, { store }) {
    await store.deadLetters.remove(await findDeadLetter(digest, store));
    return ok(null);
  },
});
