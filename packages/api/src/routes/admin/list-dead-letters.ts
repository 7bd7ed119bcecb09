import { Millis } from '@storm/shared/protocol';
import { z } from 'zod';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { DeadLetterView, Digest } from '../../schemas/dead-letters.js';
import { toDeadLetterView } from '../../views/dead-letter.js';

const Place = z.strictObject({ at: Millis, digest: Digest });

export const listDeadLetters = operation({
  method: 'get',
  path: '/admin/dead-letters',
  tag: 'admin',
  summary: 'Changes that could not be opened, parsed or stored, the oldest first; they are kept sealed for 30 days',
  permission: 'dead-letter.manage',
  services: 'admin:read',
  request: { query: z.strictObject(listQuery(Place)) },
  response: { 200: z.array(DeadLetterView) },
  async handle({ query: { cursor, limit } }, { store }) {
    const after = cursor && { after: { failedAt: new Date(cursor.at), digest: cursor.digest } };
    const found = await store.deadLetters.list({ ...after, limit: limit + 1 });
    const { items, meta } = pageOf(found, limit, ({ failedAt, digest }) => ({ at: failedAt.getTime(), digest }));
    return ok(items.map(toDeadLetterView), meta);
  },
});
