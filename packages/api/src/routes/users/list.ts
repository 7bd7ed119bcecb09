import { limits, Millis, User, UserId } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { z } from 'zod';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { toUser } from '../../views/user.js';

const UserIds = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(UserId).max(limits.idsPerRequest));
const Place = z.strictObject({ at: Millis, id: UserId });
const query = z
  .strictObject({
    ids: UserIds.optional(),
    isActive: z.stringbool({ truthy: ['true'], falsy: ['false'] }).default(true),
    ...listQuery(Place),
  })
  .refine(({ ids, cursor }) => ids === undefined || cursor === undefined, 'at most one of ids and cursor');

export const listUsers = operation({
  method: 'get',
  path: '/users',
  tag: 'users',
  summary:
    'The users named by `ids` (comma-separated, at most 100), as far as they exist; without it all active users, or with `isActive=false` the others, for admins and service keys',
  permission: 'user.read',
  services: 'users:read',
  request: { query },
  response: { 200: z.array(User) },
  async handle({ user, query: { ids, isActive, cursor, limit } }, { store }) {
    if (ids) {
      const found = await store.users.byIds([...new Set(ids)]);
      return ok(found.map((one) => toUser(one, user)));
    }
    if (user && user.role !== 'admin') throw new StormError('FORBIDDEN', { message: 'Only admins list all users: ask for ids' });
    const { items, meta } = await allUsers({ isActive, cursor, limit }, store);
    return ok(
      items.map((one) => toUser(one, user)),
      meta,
    );
  },
});

interface All {
  isActive: boolean;
  cursor: z.infer<typeof Place> | undefined;
  limit: number;
}

async function allUsers({ isActive, cursor, limit }: All, store: Store) {
  const after = cursor && { after: { createdAt: new Date(cursor.at), id: cursor.id } };
  const found = await store.users.page({ isActive, ...after, limit: limit + 1 });
  return pageOf(found, limit, ({ _id, createdAt }) => ({ at: createdAt.getTime(), id: _id }));
}
