import type { Channel } from '@storm/shared/protocol';
import type { Channel as StoredChannel, Membership } from '@storm/store';
import type { Context } from '../context.js';
import { channelView } from '../views/channel.js';
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
  const [userId = ''] = [...memberships.values()].map((membership) => membership.userId);
  const ranges = channels.flatMap(({ _id: channelId }) => {
    const membership = memberships.get(channelId);
    return membership ? [{ channelId, from: membership.readPosition, to: headOf(channelId).position }] : [];
  });
  const mentions = await context.store.timeline.countMentions(userId, ranges);
  return channels.map((channel) => {
    const [head, membership] = [headOf(channel._id), memberships.get(channel._id)];
    return channelView(channel, { head, membership, mentions: mentions.get(channel._id) ?? 0 });
  });
}
