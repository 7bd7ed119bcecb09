import type { ChannelOp, MembershipOp, SystemRow, TimelineRow, Wipe } from '@storm/store';

/** What rows do to what they name: set from the rows alone, each guarded by `version < seq`, so that again is nothing. */
export interface Targets {
  wipes: Wipe[];
  channels: ChannelOp[];
  memberships: MembershipOp[];
}

export function targetsOf(rows: readonly TimelineRow[]): Targets {
  const targets: Targets = { wipes: [], channels: [], memberships: [] };
  for (const row of rows) {
    if (row.kind === 'delete')
      targets.wipes.push({ channelId: row.channelId, target: row.target, seq: row.seq, deletedAt: row.deletedAt });
    else if (row.kind === 'system') system(row, targets);
  }
  return targets;
}

function system(row: SystemRow, { channels, memberships }: Targets): void {
  const { channelId, seq, createdAt: at, senderId } = row;
  const { kind, userId, role, type, name = null, description = null, memberCount, position = 0, members = [] } = row.system;
  switch (kind) {
    case 'created':
      channels.push({
        channelId,
        seq,
        insert: {
          type: type ?? 'private',
          name,
          description,
          createdBy: senderId,
          memberCount,
          isArchived: false,
          erasedAt: null,
          createdAt: at,
        },
      });
      for (const member of members)
        memberships.push({ channelId, userId: member.userId, seq, joined: { role: member.role, at, position } });
      break;
    case 'joined':
      channels.push({ channelId, seq, set: { memberCount } });
      if (userId) memberships.push({ channelId, userId, seq, joined: { role: role ?? 'member', at, position } });
      break;
    case 'left':
      channels.push({ channelId, seq, set: { memberCount } });
      if (userId) memberships.push({ channelId, userId, seq, left: at });
      break;
    case 'role':
      if (userId && role) memberships.push({ channelId, userId, seq, role });
      break;
    case 'renamed':
      channels.push({ channelId, seq, set: { name, description } });
      break;
    case 'archived':
      channels.push({ channelId, seq, set: { isArchived: true } });
      break;
    case 'erased':
      channels.push({ channelId, seq, set: { erasedAt: at } });
      break;
  }
}
