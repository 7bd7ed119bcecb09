import { StormError } from '@storm/shared/node';
import type { AccessChange, User } from '@storm/store';
import type { AuditEvent } from '../audit/audit-event.js';
import type { Context } from '../context.js';

/** Who changes it, and from where. */
export type By = Pick<AuditEvent, 'actor' | 'address'>;

/**
 * Sets somebody's role or activity; what is so already stays untouched. The user after. Throws NOT_FOUND; REFUSED for what would
 * leave no active admin.
 */
export async function changeAccess(
  userId: string,
  change: Wanted,
  by: By,
  { store, revoker, audit }: Pick<Context, 'store' | 'revoker' | 'audit'>,
): Promise<User> {
  const before = await store.users.byId(userId);
  if (!before) throw new StormError('NOT_FOUND');
  const news = differing(change, before);
  if (Object.keys(news).length === 0) {
    await revoker.tellAccess(before); // the answer to the same before may have left that open
    return before;
  }

  const endsAdmin = isAdmin(before) && !isAdmin({ ...before, ...news });
  if (endsAdmin && !(await store.users.hasAdmin({ except: userId }))) throw lastAdmin();
  const after = await set(news);
  if (endsAdmin && !(await store.users.hasAdmin())) {
    await set(differing(before, after)); // two of them ended each other at the same time: neither goes
    throw lastAdmin();
  }
  return after;

  async function set(access: AccessChange): Promise<User> {
    const record = async () => {
      for (const event of eventsOf(access)) await audit.record({ ...by, ...event, target: userId });
    };
    // It may be stored and not told to Redis: it is recorded then, too.
    const user = await revoker.changeAccess(userId, access).finally(record);
    if (!user) throw new StormError('NOT_FOUND');
    return user;
  }
}

type Wanted = { [K in keyof AccessChange]: AccessChange[K] | undefined };

const isAdmin = ({ role, isActive }: Pick<User, 'role' | 'isActive'>): boolean => role === 'admin' && isActive;

const lastAdmin = () => new StormError('REFUSED', { message: 'There must be an active admin' });

/** What of it is not so already. */
const differing = ({ role, isActive }: Wanted, current: User): AccessChange => ({
  ...(role === undefined || role === current.role ? {} : { role }),
  ...(isActive === undefined || isActive === current.isActive ? {} : { isActive }),
});

function* eventsOf({ role, isActive }: AccessChange): Generator<Pick<AuditEvent, 'action' | 'details'>> {
  if (role !== undefined) yield { action: 'role-changed', details: { role } };
  if (isActive !== undefined) yield { action: isActive ? 'user-reactivated' : 'user-deactivated' };
}
