import { ServiceKeyCreate } from '@storm/shared/protocol';
import { operation } from '../../http/operation.js';
import { created } from '../../http/reply.js';
import { NewServiceKey } from '../../schemas/service-keys.js';
import { toServiceKeyView } from '../../views/service-key.js';

export const createServiceKey = operation({
  method: 'post',
  path: '/admin/service-keys',
  tag: 'admin',
  summary: 'Make a key with which a program of yours calls; it is answered this once',
  permission: 'service-key.manage',
  request: { body: ServiceKeyCreate },
  response: { 201: NewServiceKey },
  async handle({ user, body, address }, { serviceKeys, store, audit }) {
    const { key, text } = serviceKeys.make(body, user.sub);
    const details = { scopes: key.scopes.join(' ') };
    await audit.record({ actor: user.sub, action: 'service-key-created', target: key._id, address, details });
    await store.serviceKeys.create(key);
    return created({ ...toServiceKeyView(key), key: text });
  },
});
