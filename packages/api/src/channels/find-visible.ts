import { StormError } from '@storm/shared/node';
import type { Channel, Membership, Store } from '@storm/store';
import type { Actor } from '../auth/service-keys/service.js';

interface Visible {
  channel: Channel;
  /** Absent for who is no member. */
  membership: Membership | undefined;
}

/** A channel that this user may see: a public one, or one they are a member of; admins see all. Else NOT_FOUND, whether or not it is there. */
export async function findVisible(channelId: string, user: Actor, store: Store): Promise<Visible> {
  const [channel, memberships] = await Promise.all([store.channels.get(channelId), store.memberships.of(channelId, [user.sub])]);
  const found = memberships.get(user.sub);
  const membership = found && found.leftAt === null ? found : undefined;
  if (!channel || !(membership || channel.type === 'public' || user.role === 'admin')) throw new StormError('NOT_FOUND');
  return { channel, membership };
}
