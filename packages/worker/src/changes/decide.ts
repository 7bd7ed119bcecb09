import { channelIdOf, dmIdOf } from '@storm/shared/contracts';
import { mayIn } from '@storm/shared/protocol';
import { decideMembership } from './decide-membership.js';
import { decideDelete, decideEdit, decideReaction, decideSend } from './decide-message.js';
import { nameKey } from './facts.js';
import type { OpenedChange } from './opened-change.js';
import { conflict, duplicate, forbidden, notFound, refused, type Outcome } from './outcomes.js';
import type { Decided } from './row-plan.js';
import type { BodyOf, Situation } from './situation.js';

/** May this be done, and what row does it make? Changes the draft as the row would. */
export function decide(change: OpenedChange, situation: Situation): Decided | Outcome {
  const { body } = change;
  const { channel } = situation;
  if (body.kind === 'create' || body.kind === 'dm') return decideCreation(change, body, situation);
  if (!channel.settings) return notFound;
  const mine = channel.member(change.senderId);
  // Outsiders of a private channel can't tell it from one that does not exist.
  if (!mine && channel.settings.type !== 'public' && change.senderRole !== 'admin') return notFound;
  if (channel.settings.isErased) {
    return body.kind === 'erase' && mayIn('channel.erase', mine?.role, change.senderRole)
      ? duplicate
      : refused('the channel is erased');
  }
  switch (body.kind) {
    case 'message':
      return decideSend(change, body, situation);
    case 'edit':
      return decideEdit(change, body, situation);
    case 'reaction':
      return decideReaction(change, body, situation);
    case 'delete':
      return decideDelete(change, body, situation);
    case 'join':
    case 'leave':
    case 'add':
    case 'remove':
    case 'role':
      return decideMembership(change, body, situation);
    case 'rename':
      return decideRename(change, body, situation);
    case 'archive':
    case 'erase':
      return decideEnd(change, body, situation);
  }
}

function decideCreation(
  change: OpenedChange,
  body: BodyOf<'create'> | BodyOf<'dm'>,
  { channel, facts, now }: Situation,
): Decided | Outcome {
  const { channelId, senderId, changeId } = change;
  // Derived by whoever took the change in: checked, so that nobody makes a channel in another's place, or is shown one.
  const derived = body.kind === 'dm' ? dmIdOf(senderId, body.userId) : channelIdOf(senderId, changeId);
  if (channelId !== derived) return notFound;
  if (channel.settings) return duplicate;
  if (body.kind === 'dm' && body.userId === senderId) return refused('a direct message needs someone else');
  if (body.kind === 'dm' && !facts.activeUsers.has(body.userId)) return notFound;
  if (body.kind === 'create' && body.type === 'public' && facts.namesHeld.has(nameKey(channelId, body.name)))
    return conflict('the name is taken');

  const members = [{ userId: senderId, role: 'owner' as const }];
  if (body.kind === 'dm') members.push({ userId: body.userId, role: 'owner' });
  const settings =
    body.kind === 'dm'
      ? { type: 'dm' as const, name: null, description: null }
      : { type: body.type, name: body.name, description: body.description };
  channel.settings = {
    ...settings,
    createdBy: senderId,
    memberCount: members.length,
    isArchived: false,
    isErased: false,
    createdAt: now.getTime(),
  };
  for (const { userId, role } of members) channel.members.set(userId, { role, joinedAt: now.getTime() });
  return { kind: 'system', system: { kind: 'created', ...settings, memberCount: members.length, members } };
}

function decideRename(change: OpenedChange, body: BodyOf<'rename'>, { channel, facts }: Situation): Decided | Outcome {
  const { settings } = channel;
  if (!settings) return notFound;
  if (!mayIn('channel.update', channel.member(change.senderId)?.role, change.senderRole)) return forbidden();
  if (settings.type === 'dm') return refused('a direct message has no name');
  if (settings.isArchived) return refused('the channel is archived');
  const name = body.name ?? settings.name;
  const description = body.description === undefined ? settings.description : body.description;
  if (name === settings.name && description === settings.description) return duplicate;
  if (settings.type === 'public' && body.name !== undefined && facts.namesHeld.has(nameKey(change.channelId, body.name)))
    return conflict('the name is taken');
  Object.assign(settings, { name, description });
  return { kind: 'system', system: { kind: 'renamed', name, description, memberCount: settings.memberCount } };
}

function decideEnd(change: OpenedChange, body: BodyOf<'archive'> | BodyOf<'erase'>, { channel }: Situation): Decided | Outcome {
  const { settings } = channel;
  if (!settings) return notFound;
  const action = body.kind === 'archive' ? 'channel.archive' : 'channel.erase';
  if (!mayIn(action, channel.member(change.senderId)?.role, change.senderRole)) return forbidden();
  if (body.kind === 'archive') {
    if (settings.type === 'dm') return refused('a direct message is not archived');
    if (settings.isArchived) return duplicate;
    settings.isArchived = true;
    return { kind: 'system', system: { kind: 'archived', memberCount: settings.memberCount } };
  }
  settings.isErased = true;
  return { kind: 'system', system: { kind: 'erased', memberCount: settings.memberCount } };
}
