import type { Role } from '@storm/shared/protocol';
import type { Model } from 'mongoose';
import { DuplicateKey } from '../errors/index.js';
import { translate } from '../errors/translate.js';
import { inLockOrder } from '../lock-order.js';
import { type User, emailIndex } from './schema.js';
import { UserTaken } from './user-taken.js';

export type NewUser = Omit<
  User,
  'usernameLower' | 'emailLower' | 'displayName' | 'lastSeenAt' | 'accessVersion' | 'accessChangedAt'
> &
  Partial<Pick<User, 'displayName' | 'lastSeenAt'>>;

export interface UserChanges {
  username?: string;
  displayName?: string | null;
  passwordHash?: string | null;
}

/** What decides what a user may do. */
export interface AccessChange {
  role?: Role;
  isActive?: boolean;
}

/** Throws `UserTaken`. */
export const create = (users: Model<User>) =>
  async function create(user: NewUser): Promise<User> {
    const document: User = {
      displayName: null,
      lastSeenAt: null,
      accessVersion: 0,
      accessChangedAt: null,
      ...user,
      usernameLower: user.username.toLowerCase(),
      emailLower: user.email.toLowerCase(),
    };
    await taking(() => users.create(document));
    return document;
  };

/** Sets what is given; the user after, or null when there is none. Throws `UserTaken`. */
export const update = (users: Model<User>) =>
  async function update(userId: string, changes: UserChanges): Promise<User | null> {
    const lower = changes.username === undefined ? {} : { usernameLower: changes.username.toLowerCase() };
    await taking(() => users.updateOne({ _id: { $eq: userId } }, { $set: { ...changes, ...lower } }));
    return users.findOne({ _id: { $eq: userId } }).lean();
  };

/** Puts one password hash in the place of another; false, and nothing changed, when the user has that one no more. */
export const replacePassword = (users: Model<User>) =>
  async function replacePassword(userId: string, { from, to }: { from: string; to: string }): Promise<boolean> {
    const { matchedCount } = await users.updateOne(
      { _id: { $eq: userId }, passwordHash: { $eq: from } },
      { $set: { passwordHash: to } },
    );
    return matchedCount === 1;
  };

/** Sets role or activity and makes tokens from before worthless; the user after, or null when there is none. */
export const changeAccess = (users: Model<User>) =>
  async function changeAccess(userId: string, change: AccessChange, at = new Date()): Promise<User | null> {
    await users.updateOne({ _id: { $eq: userId } }, { $set: { ...change, accessChangedAt: at }, $inc: { accessVersion: 1 } });
    return users.findOne({ _id: { $eq: userId } }).lean();
  };

export interface Seen {
  userId: string;
  at: Date;
}

/** Last-seen times only grow. */
export const touchLastSeen = (users: Model<User>) =>
  async function touchLastSeen(seen: readonly Seen[]): Promise<void> {
    if (seen.length === 0) return;
    await users.bulkWrite(
      inLockOrder(seen, ({ userId }) => userId).map(({ userId, at }) => ({
        updateOne: { filter: { _id: userId }, update: { $max: { lastSeenAt: at } } },
      })),
      { ordered: false },
    );
  };

async function taking(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const translated = translate(error);
    if (translated instanceof DuplicateKey) throw new UserTaken(translated.index === emailIndex ? 'email' : 'username');
    throw translated;
  }
}
