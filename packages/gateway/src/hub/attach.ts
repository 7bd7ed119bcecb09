import { unavailable } from '@storm/shared/node';
import { limits, type ChannelCursor } from '@storm/shared/protocol';
import type { Channel } from './channel.js';
import type { Hub } from './hub.js';
import type { LocalUser } from './local-user.js';
import type { Member } from './member.js';
import type { Subscriptions } from './subscriptions.js';

interface Attachment {
  user: LocalUser;
  member: Member;
  cursors: readonly ChannelCursor[];
  /** Leaves out what the member is attached to already. */
  onlyNew?: boolean;
  /** Tells the member, in the turn in which it is attached. */
  announce: (channels: ChannelCursor[], hasMore: boolean) => void;
}

/**
 * Attaches a member to channels, a chunk at a time: subscribed, head read, announced, and from then on everything above it.
 * The next chunk waits until the client has taken the one before: those of somebody in thousands of channels would else be more
 * than may wait for a slow one. Rejects with `UNAVAILABLE` when the link breaks meanwhile.
 */
export async function attach(
  { user, member, cursors, onlyNew = false, announce }: Attachment,
  { hub, subscriptions }: { hub: Hub; subscriptions: Subscriptions },
): Promise<void> {
  const { generation } = subscriptions;
  for (let at = 0; at === 0 || at < cursors.length; at += limits.readyChannels) {
    const chunk = cursors.slice(at, at + limits.readyChannels);
    const channels = await hub.enter(chunk);
    try {
      if (generation !== subscriptions.generation) throw unavailable('the link for events broke');
      if (member.closed) return;
      const told = chunk.flatMap((cursor, i) => {
        const channel = channels[i];
        if (!channel || !user.channels.has(cursor.channelId)) return []; // it left meanwhile
        return channel.attach(member) || !onlyNew ? [cursorAt(channel, cursor, user)] : [];
      });
      announce(told, at + limits.readyChannels < cursors.length);
    } finally {
      hub.leave(channels);
    }
    if (!onlyNew) await member.whenTaken(); // of those that are new there are few, and the others wait for them
  }
}

/** Is a member attached to every channel of its user? */
export function isAttached(user: LocalUser, member: Member, { channels }: Hub): boolean {
  for (const id of user.channels) {
    const channel = channels.get(id);
    if (!channel?.live.has(member) && !channel?.suspended.has(member)) return false;
  }
  return true;
}

/** Where the channel stands for a member that is attached in this very turn. */
function cursorAt({ delivered, position }: Channel, cursor: ChannelCursor, user: LocalUser): ChannelCursor {
  const readPosition = Math.max(cursor.readPosition, user.readPosition(cursor.channelId));
  const mentions = readPosition >= cursor.position ? 0 : cursor.mentions;
  return { ...cursor, seq: delivered, position, readPosition, unread: Math.max(0, position - readPosition), mentions };
}
