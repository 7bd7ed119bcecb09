import type { ChannelOp, EditRow, MembershipOp, MessageOp, ReactionOp, SystemRow, TimelineRow } from '@storm/store';

/** What rows do to what they name: set from the rows alone, each guarded by `version < seq`, so that again is nothing. */
export interface Targets {
  messages: MessageOp[];
  reactions: ReactionOp[];
  channels: ChannelOp[];
  memberships: MembershipOp[];
}

export function targetsOf(rows: readonly TimelineRow[]): Targets {
  const targets: Targets = { messages: [], reactions: [], channels: [], memberships: [] };
  for (const row of rows) {
    switch (row.kind) {
      case 'edit':
        targets.messages.push(...edited(row));
        break;
      case 'reaction': {
        const { channelId, target, seq, senderId: userId, emoji, added: isActive, reactions } = row;
        targets.reactions.push({ channelId, position: target, userId, emoji, seq, isActive });
        targets.messages.push({ channelId, target, seq, reactions });
        break;
      }
      case 'delete':
        targets.messages.push({ channelId: row.channelId, target: row.target, seq: row.seq, deletedAt: row.deletedAt });
        break;
      case 'system':
        system(row, targets);
        break;
      case 'message':
    }
  }
  return targets;
}

/** Nothing, when the message was deleted since: it has moved past this. */
function edited({ channelId, target, seq, ciphertext, iv, tag, mentions, keyVersion, createdAt }: EditRow): MessageOp[] {
  if (!ciphertext) return [];
  return [{ channelId, target, seq, edited: { ciphertext, iv, tag, mentions, textKey: keyVersion, editedAt: createdAt } }];
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
