import type { ChannelRole } from './channels.js';
import type { Role } from './users.js';

/**
 * Who may do what in a channel: by the role in it, or by the role on the platform. A missing entry is a no; reading
 * and writing is for members. The worker decides by it, and a client may show by it what it offers.
 */
export const channelPermissions = {
  'message.delete.any': { channel: ['owner', 'moderator'], platform: ['admin', 'moderator'] },
  'member.add': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'member.remove': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'member.role': { channel: ['owner'], platform: ['admin'] },
  'channel.update': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'channel.archive': { channel: ['owner'], platform: ['admin'] },
  'channel.erase': { channel: [], platform: ['admin'] },
} as const satisfies Record<string, { channel: readonly ChannelRole[]; platform: readonly Role[] }>;

export type ChannelAction = keyof typeof channelPermissions;

/** Undefined is one who is not in the channel. */
export function mayIn(action: ChannelAction, channelRole: ChannelRole | undefined, platformRole: Role): boolean {
  const { channel, platform }: { channel: readonly ChannelRole[]; platform: readonly Role[] } = channelPermissions[action];
  return (channelRole !== undefined && channel.includes(channelRole)) || platform.includes(platformRole);
}
