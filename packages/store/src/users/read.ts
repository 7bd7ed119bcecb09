import { type Model, trusted } from 'mongoose';
import { bounded, changedSince, chunks, chunkSize } from '../collection.js';
import type { User } from './schema.js';

const pageMax = 100;
const idsMax = 1_000;

export const byId = (users: Model<User>) =>
  async function byId(userId: string): Promise<User | null> {
    return users.findOne({ _id: { $eq: userId } }).lean();
  };

/** Those of the users that there are, in no order. */
export const byIds = (users: Model<User>) =>
  async function byIds(userIds: readonly string[]): Promise<User[]> {
    const found: User[] = [];
    for (const some of chunks(userIds)) found.push(...(await users.find({ _id: trusted({ $in: some }) }).lean()));
    return found;
  };

/** By exactly one of email address and username, in any case of letters. */
export const byLogin = (users: Model<User>) =>
  async function byLogin(login: { email: string } | { username: string }): Promise<User | null> {
    return 'email' in login
      ? users.findOne({ emailLower: { $eq: login.email.toLowerCase() } }).lean()
      : users.findOne({ usernameLower: { $eq: login.username.toLowerCase() } }).lean();
  };

/** Those of the users that there are, in no order, by their lower-cased names. */
export const byUsernamesLower = (users: Model<User>) =>
  async function byUsernamesLower(names: readonly string[]): Promise<User[]> {
    const found: User[] = [];
    for (const some of chunks(names)) found.push(...(await users.find({ usernameLower: trusted({ $in: some }) }).lean()));
    return found;
  };

/** Active users whose name begins so, in the order of names; at most 100. */
export const search = (users: Model<User>) =>
  async function search(prefix: string, limit: number): Promise<User[]> {
    const from = prefix.toLowerCase();
    return users
      .find({ usernameLower: trusted({ $gte: from, $lt: `${from}\uffff` }), isActive: true })
      .sort({ usernameLower: 1 })
      .limit(bounded(limit, pageMax))
      .lean();
  };

/** Is there an active admin other than `except`? A majority read: it decides who may stop being one. */
export const hasAdmin = (users: Model<User>) =>
  async function hasAdmin({ except = '' }: { except?: string } = {}): Promise<boolean> {
    const admins = await users
      .find({ role: 'admin', isActive: true }, { _id: 1 })
      .hint({ role: 1, isActive: 1, _id: 1 })
      .readConcern('majority')
      .limit(2)
      .lean();
    return admins.some(({ _id }) => _id !== except);
  };

export interface ActiveIds {
  role: User['role'];
  afterId?: string;
  /** At most 1,000. */
  limit: number;
}

/** Ids of the active users of a role, in their order, beyond the one named. */
export const activeIds = (users: Model<User>) =>
  async function activeIds({ role, afterId = '', limit }: ActiveIds): Promise<string[]> {
    const found = await users
      .find({ role, isActive: true, _id: trusted({ $gt: afterId }) }, { _id: 1 })
      .hint({ role: 1, isActive: 1, _id: 1 })
      .sort({ role: 1, isActive: 1, _id: 1 })
      .limit(bounded(limit, idsMax))
      .lean();
    return found.map(({ _id }) => _id);
  };

/** Users whose access changed at or after `since`, the earliest first, beyond the one named. At most 500. */
export const accessChangedSince = (users: Model<User>) =>
  async function accessChangedSince(since: Date, afterId = ''): Promise<User[]> {
    return users
      .find(changedSince('accessChangedAt', since, afterId))
      .sort({ accessChangedAt: 1, _id: 1 })
      .limit(chunkSize)
      .lean();
  };

/** Where a page ended. */
export interface UserCursor {
  createdAt: Date;
  id: string;
}

export interface UsersPage {
  isActive?: boolean;
  after?: UserCursor;
  /** At most 100, and one more to see whether there are more. */
  limit: number;
}

/** Active (or deactivated) users, the oldest first. */
export const page = (users: Model<User>) =>
  async function page({ isActive = true, after, limit }: UsersPage): Promise<User[]> {
    const beyond = after
      ? {
          createdAt: trusted({ $gte: after.createdAt }),
          $or: [
            { createdAt: trusted({ $gt: after.createdAt }) },
            { createdAt: after.createdAt, _id: trusted({ $gt: after.id }) },
          ],
        }
      : {};
    return users
      .find({ isActive, ...beyond })
      .sort({ isActive: 1, createdAt: 1, _id: 1 })
      .limit(bounded(limit, pageMax + 1))
      .lean();
  };
