import type { ChannelRole, Role } from '@storm/shared/protocol';

/** Who may do what in a channel: by the role in it, or by the role on the platform. A missing entry is a no. */
const table = {
  'message.delete.any': { channel: ['owner', 'moderator'], platform: ['admin', 'moderator'] },
  'member.add': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'member.remove': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'member.role': { channel: ['owner'], platform: ['admin'] },
  'channel.update': { channel: ['owner', 'moderator'], platform: ['admin'] },
  'channel.archive': { channel: ['owner'], platform: ['admin'] },
  'channel.erase': { channel: [], platform: ['admin'] },
} as const satisfies Record<string, { channel: readonly ChannelRole[]; platform: readonly Role[] }>;

export type ChannelAction = keyof typeof table;

export function mayIn(action: ChannelAction, channelRole: ChannelRole | undefined, platformRole: Role): boolean {
  const { channel, platform }: { channel: readonly ChannelRole[]; platform: readonly Role[] } = table[action];
  return (channelRole !== undefined && channel.includes(channelRole)) || platform.includes(platformRole);
}
