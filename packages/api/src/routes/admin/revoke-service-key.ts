import { StormError } from '@storm/shared/node';
import { z } from 'zod';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { ServiceKeyPath } from '../../schemas/service-keys.js';

export const revokeServiceKey = operation({
  method: 'delete',
  path: '/admin/service-keys/:keyId',
  tag: 'admin',
  summary: 'Revoke a service key: every api refuses it within a second',
  permission: 'service-key.manage',
  request: { params: ServiceKeyPath },
  response: { 200: z.null() },
  async handle({ user, params: { keyId }, address }, { serviceKeys, store, audit }) {
    const key = await store.serviceKeys.byId(keyId);
    if (!key) throw new StormError('NOT_FOUND');
    if (key.revokedAt) return ok(null);
    const record = () => audit.record({ actor: user.sub, action: 'service-key-revoked', target: keyId, address });
    await serviceKeys.revoke(keyId).finally(record);
    return ok(null);
  },
});
