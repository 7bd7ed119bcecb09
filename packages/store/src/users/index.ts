import type { Model } from 'mongoose';
import { accessChangedSince, activeIds, byId, byIds, byLogin, byUsernamesLower, hasAdmin, page, search } from './read.js';
import type { User } from './schema.js';
import { changeAccess, create, replacePassword, touchLastSeen, update } from './write.js';

export type { ActiveIds, UserCursor, UsersPage } from './read.js';
export type { User } from './schema.js';
export { UserTaken } from './user-taken.js';
export type { AccessChange, NewUser, Seen, UserChanges } from './write.js';

export type UserQueries = ReturnType<typeof userQueries>;

export function userQueries(users: Model<User>) {
  return {
    create: create(users),
    update: update(users),
    replacePassword: replacePassword(users),
    changeAccess: changeAccess(users),
    accessChangedSince: accessChangedSince(users),
    touchLastSeen: touchLastSeen(users),
    byId: byId(users),
    byIds: byIds(users),
    byLogin: byLogin(users),
    byUsernamesLower: byUsernamesLower(users),
    hasAdmin: hasAdmin(users),
    activeIds: activeIds(users),
    search: search(users),
    page: page(users),
  };
}
