import type { Channel } from '@storm/shared/protocol';
import type { Channel as StoredChannel, Membership } from '@storm/store';
import type { Context } from '../context.js';
import { channelView, unread } from '../views/channel.js';
import { readHeads } from './read-heads.js';

type Needs = Pick<Context, 'redis' | 'names' | 'vitals' | 'store'>;

/** Channels as one user sees them, with what is unread where they are a member. */
export async function viewChannels(
  channels: readonly StoredChannel[],
  memberships: ReadonlyMap<string, Membership>,
  context: Needs,
): Promise<Channel[]> {
  const headOf = await readHeads(
    channels.map(({ _id }) => _id),
    context,
  );
  return Promise.all(
    channels.map(async (channel) => {
      const head = headOf(channel._id);
      const membership = memberships.get(channel._id);
      if (!membership || unread(head, membership) === 0) return channelView(channel, { head, membership });
      const { userId, readPosition } = membership;
      const mentions = await context.store.timeline.countMentions(channel._id, userId, readPosition, head.position);
      return channelView(channel, { head, membership, mentions });
    }),
  );
}
