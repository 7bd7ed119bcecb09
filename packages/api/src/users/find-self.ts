import type { AccessClaims } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { Store, User } from '@storm/store';

/** The caller's own account. Throws UNAUTHORIZED for a token that outlived it. */
export async function findSelf({ sub }: AccessClaims, store: Store): Promise<User> {
  const user = await store.users.byId(sub);
  if (!user?.isActive) throw new StormError('UNAUTHORIZED');
  return user;
}
