import { User } from '@storm/shared/protocol';
import { z } from 'zod';
import { PageLimit } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { toUser } from '../../views/user.js';

const query = z.strictObject({
  /** How the username begins. */
  q: z.string().regex(/^[A-Za-z0-9_]{1,32}$/, '1 to 32 letters, digits or underscores'),
  limit: PageLimit,
});

export const searchUsers = operation({
  method: 'get',
  path: '/users/search',
  tag: 'users',
  summary: 'Active users whose username begins so, in any case of letters',
  permission: 'user.read',
  services: 'users:read',
  request: { query },
  response: { 200: z.array(User) },
  async handle({ user, query: { q, limit } }, { store }) {
    const found = await store.users.search(q, limit);
    return ok(found.map((one) => toUser(one, user)));
  },
});
