import { mayIn } from '@storm/shared/protocol';
import type { Draft, Membership } from './channel-state.js';
import type { OpenedChange } from './opened-change.js';
import { duplicate, forbidden, notFound, refused, type Outcome } from './outcomes.js';
import type { Decided } from './row-plan.js';
import type { BodyOf, Situation } from './situation.js';

type Body = BodyOf<'join'> | BodyOf<'leave'> | BodyOf<'add'> | BodyOf<'remove'> | BodyOf<'role'>;

/** Joining, leaving and roles. The channel is there, and not erased. */
export function decideMembership(change: OpenedChange, body: Body, { channel, facts, now }: Situation): Decided | Outcome {
  const { settings } = channel;
  if (!settings) return notFound;
  if (settings.type === 'dm') return refused('a direct message has its two members for good');
  const mine = channel.member(change.senderId);
  const may = (action: 'member.add' | 'member.remove' | 'member.role') => mayIn(action, mine?.role, change.senderRole);

  switch (body.kind) {
    case 'join':
      if (mine) return duplicate;
      if (settings.type !== 'public') return notFound;
      if (settings.isArchived) return refused('the channel is archived');
      return join(channel, change.senderId, { role: 'member', joinedAt: now.getTime() });
    case 'add': {
      if (!may('member.add')) return forbidden();
      if (body.role !== 'member' && !may('member.role')) return forbidden('only an owner gives roles');
      if (settings.isArchived) return refused('the channel is archived');
      if (!facts.activeUsers.has(body.userId)) return notFound;
      if (channel.member(body.userId)) return duplicate;
      return join(channel, body.userId, { role: body.role, joinedAt: now.getTime() });
    }
    case 'leave':
      return mine ? leave(channel, change.senderId) : duplicate;
    case 'remove': {
      const theirs = channel.member(body.userId);
      if (body.userId !== change.senderId && !may('member.remove')) return forbidden();
      if (!theirs) return notFound;
      if (theirs.role === 'owner' && body.userId !== change.senderId && !may('member.role'))
        return forbidden('only an owner removes an owner');
      return leave(channel, body.userId);
    }
    case 'role': {
      const theirs = channel.member(body.userId);
      if (!may('member.role')) return forbidden();
      if (!theirs) return notFound;
      if (theirs.role === body.role) return duplicate;
      if (settings.isArchived) return refused('the channel is archived');
      channel.members.set(body.userId, { ...theirs, role: body.role });
      return {
        kind: 'system',
        system: { kind: 'role', userId: body.userId, role: body.role, memberCount: settings.memberCount },
      };
    }
  }
}

function join(channel: Draft, userId: string, membership: Membership): Decided {
  channel.members.set(userId, membership);
  const memberCount = count(channel, 1);
  return { kind: 'system', system: { kind: 'joined', userId, role: membership.role, memberCount, position: channel.position } };
}

function leave(channel: Draft, userId: string): Decided {
  channel.members.set(userId, null);
  const memberCount = count(channel, -1);
  return { kind: 'system', system: { kind: 'left', userId, memberCount } };
}

function count({ settings }: Draft, change: number): number {
  if (!settings) return 0;
  settings.memberCount += change;
  return settings.memberCount;
}
