import { limits, Role, UserId, type NotificationSend } from '@storm/shared/protocol';
import type { Store } from '@storm/store';
import { z } from 'zod';

/** Up to whom those of a role, or all, are told: roles one after the other, and in each the order of ids. */
export const AudiencePlace = z.strictObject({ role: Role, id: UserId });
export type AudiencePlace = z.infer<typeof AudiencePlace>;

type Target = Pick<z.infer<typeof NotificationSend>, 'userIds' | 'role' | 'all'>;

export interface Some {
  /** Active users, at most 1,000. */
  userIds: string[];
  /** Where they end. Undefined of users that were named: there are no more. */
  end: AudiencePlace | undefined;
}

/** The active users that are meant, beyond a place, as many at a time as are looked up at once. */
export async function* audience(
  { userIds, role }: Target,
  after: AudiencePlace | undefined,
  { store, limit = limits.notifiedAtOnce }: { store: Pick<Store, 'users'>; limit?: number },
): AsyncGenerator<Some> {
  if (userIds) {
    const found = await store.users.byIds(userIds);
    yield { userIds: found.filter(({ isActive }) => isActive).map(({ _id }) => _id), end: undefined };
    return;
  }
  for (const each of role ? [role] : Role.options) {
    if (after && Role.options.indexOf(each) < Role.options.indexOf(after.role)) continue;
    for (let afterId = each === after?.role ? after.id : ''; ;) {
      const ids = await store.users.activeIds({ role: each, afterId, limit });
      const last = ids.at(-1);
      if (last === undefined) break;
      yield { userIds: ids, end: { role: each, id: last } };
      if (ids.length < limit) break;
      afterId = last;
    }
  }
}
