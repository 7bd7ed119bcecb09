import type { ChannelState } from '@storm/shared/protocol';
import type { Channel } from '@storm/store';

/** A stored channel as clients see it, without what depends on who asks. */
export const channelState = (stored: Channel, { seq, position }: { seq: number; position: number }): ChannelState => ({
  id: stored._id,
  type: stored.type,
  name: stored.name,
  description: stored.description,
  createdBy: stored.createdBy,
  isArchived: stored.isArchived,
  memberCount: stored.memberCount,
  seq,
  position,
  createdAt: stored.createdAt.getTime(),
});
