import type { Model } from 'mongoose';
import { native } from '../collection.js';
import { apply } from './apply.js';
import { ofUserAmong } from './of-user-among.js';
import { activeAmong, forUser, members, of } from './queries.js';
import { readUpTo } from './read-positions.js';
import type { Membership } from './schema.js';
import { sharing } from './sharing.js';

export type { MembershipOp } from './apply.js';
export type { ForUser, MembersPage } from './queries.js';
export type { ReadPosition } from './read-positions.js';
export type { Membership } from './schema.js';

export type MembershipQueries = ReturnType<typeof membershipQueries>;

export function membershipQueries(model: Model<Membership>) {
  const memberships = native(model);
  return {
    of: of(memberships),
    apply: apply(memberships),
    read: readUpTo(memberships),
    forUser: forUser(memberships),
    ofUserAmong: ofUserAmong(memberships),
    members: members(memberships),
    activeAmong: activeAmong(memberships),
    sharing: sharing(memberships),
  };
}
