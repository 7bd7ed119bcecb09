import { Millis, ServiceKeyId } from '@storm/shared/protocol';
import { z } from 'zod';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ServiceKeyView } from '../../schemas/service-keys.js';
import { toServiceKeyView } from '../../views/service-key.js';

const Place = z.strictObject({ at: Millis, id: ServiceKeyId });

export const listServiceKeys = operation({
  method: 'get',
  path: '/admin/service-keys',
  tag: 'admin',
  summary: 'All service keys, the oldest first, revoked and expired ones too; never their secrets',
  permission: 'service-key.manage',
  request: { query: z.strictObject(listQuery(Place)) },
  response: { 200: z.array(ServiceKeyView) },
  async handle({ query: { cursor, limit } }, { store }) {
    const after = cursor && { after: { createdAt: new Date(cursor.at), id: cursor.id } };
    const found = await store.serviceKeys.page({ ...after, limit: limit + 1 });
    const { items, meta } = pageOf(found, limit, ({ _id, createdAt }) => ({ at: createdAt.getTime(), id: _id }));
    return ok(items.map(toServiceKeyView), meta);
  },
});
