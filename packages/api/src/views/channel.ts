import type { Channel, ChannelState } from '@storm/shared/protocol';
import type { Channel as StoredChannel, Head, Membership } from '@storm/store';
import { iso } from './iso.js';

export const toChannel = (state: ChannelState): Channel => ({ ...state, createdAt: iso(state.createdAt) });

interface Standing {
  head: Head;
  /** Absent for who is no member. */
  membership?: Membership | undefined;
  mentions?: number;
}

/** A stored channel as its reader sees it. */
export function channelView(channel: StoredChannel, { head, membership, mentions = 0 }: Standing): Channel {
  const { _id, type, name, description, createdBy, isArchived, memberCount, createdAt } = channel;
  return {
    id: _id,
    type,
    name,
    description,
    createdBy,
    isArchived,
    memberCount,
    ...head,
    ...(membership && {
      myRole: membership.role,
      readPosition: membership.readPosition,
      unread: unread(head, membership),
      mentions,
    }),
    createdAt: iso(createdAt),
  };
}

/** Exact, by subtraction; a head that lags behind the reader counts as read. */
const unread = (head: Head, { readPosition }: Membership): number => Math.max(0, head.position - readPosition);
