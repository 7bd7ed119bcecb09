import { newUserId, type OutsideAccount, type OutsideProfile, type OutsideUser } from '@storm/shared/contracts';
import type { User, UserQueries } from '../users/index.js';
import { UserTaken } from '../users/user-taken.js';
import type { OutsideIdentityQueries } from './index.js';
import { placeholderFor } from './placeholder.js';
import { usernamesFor } from './username.js';

interface Queries {
  outsideIdentities: OutsideIdentityQueries;
  users: UserQueries;
}

/**
 * The account of an outside user: a member, made at first sight from the profile, without a password; undefined when it is
 * deactivated. Many at once make one account, and one that was left half made is finished. An account that is there is never
 * taken over, whatever address or name the service says: both can be anybody's.
 */
export async function provisionOutside(
  { issuer, subject, profile }: OutsideUser,
  { outsideIdentities, users }: Queries,
): Promise<OutsideAccount | undefined> {
  const userId = await outsideIdentities.claim({ issuer, subject, userId: newUserId() });
  const user = (await users.byId(userId)) ?? (await create(userId, profile, users));
  return user.isActive ? { userId, role: user.role, ver: user.accessVersion } : undefined;
}

async function create(userId: string, profile: OutsideProfile, users: UserQueries): Promise<User> {
  const names = usernamesFor(profile, userId);
  const placeholder = placeholderFor(userId);
  let email = profile.email ?? placeholder;
  for (let attempt = 0; ;) {
    try {
      return await users.create({
        _id: userId,
        username: names[attempt] ?? '',
        displayName: profile.displayName ?? null,
        email,
        passwordHash: null,
        role: 'member',
        isActive: true,
        createdAt: new Date(),
      });
    } catch (error) {
      if (!(error instanceof UserTaken)) throw error;
      const made = await users.byId(userId); // by somebody who asked at the same time
      if (made) return made;
      if (error.field === 'email' && email !== placeholder) email = placeholder;
      else attempt += 1;
      if (attempt >= names.length) throw error;
    }
  }
}
