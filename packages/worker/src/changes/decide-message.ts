import { messageIdOf } from '@storm/shared/contracts';
import { limits, mayIn } from '@storm/shared/protocol';
import { mentionedNames } from './facts.js';
import type { OpenedChange } from './opened-change.js';
import { duplicate, forbidden, notFound, refused, type Outcome } from './outcomes.js';
import type { Decided } from './row-plan.js';
import type { BodyOf, Situation } from './situation.js';

export function decideSend(change: OpenedChange, body: BodyOf<'message'>, situation: Situation): Decided | Outcome {
  const { channel, named } = situation;
  if (!channel.member(change.senderId)) return forbidden('only members write here');
  if (channel.settings?.isArchived) return refused('the channel is archived');
  if (body.threadId !== null) {
    const root = named.get(change.channelId, body.threadId);
    if (!root || root.threadId !== null) return refused('there is no such thread');
  }
  return {
    kind: 'message',
    id: messageIdOf(change.channelId, change.senderId, change.changeId),
    text: body.text,
    threadId: body.threadId,
    mentions: membersMentioned(body.text, situation),
    clientTs: new Date(body.clientTs),
  };
}

export function decideEdit(change: OpenedChange, body: BodyOf<'edit'>, situation: Situation): Decided | Outcome {
  const { channel, named, now, editWindowMs } = situation;
  if (!channel.member(change.senderId)) return forbidden('only members write here');
  const target = named.get(change.channelId, body.id);
  if (!target) return notFound;
  if (target.senderId !== change.senderId) return forbidden('only its sender edits a message');
  if (channel.settings?.isArchived) return refused('the channel is archived');
  if (target.deletedAt) return refused('the message is deleted');
  if (now.getTime() - target.createdAt.getTime() > editWindowMs) return refused('the message is too old to be edited');
  const mentions = membersMentioned(body.text, situation);
  return { kind: 'edit', target: target.position, targetId: target.id, text: body.text, mentions };
}

export function decideReaction(
  change: OpenedChange,
  { id, emoji, added }: BodyOf<'reaction'>,
  { channel, named }: Situation,
): Decided | Outcome {
  const { channelId, senderId } = change;
  if (!channel.member(senderId)) return forbidden('only members react here');
  const target = named.get(channelId, id);
  if (!target) return notFound;
  if (channel.settings?.isArchived) return refused('the channel is archived');
  if (target.deletedAt) return refused('the message is deleted');
  if (named.reacted(channelId, target.position, senderId, emoji) === added) return duplicate;
  const { [emoji]: count = 0, ...others } = target.reactions;
  if (added && count === 0 && Object.keys(others).length >= limits.emojiPerMessage)
    return refused(`a message has at most ${limits.emojiPerMessage} different emoji`);
  const after = added ? count + 1 : count - 1;
  // In its place among the others: clients show them in the order in which they came.
  const reactions = after > 0 ? { ...target.reactions, [emoji]: after } : others;
  return { kind: 'reaction', target: target.position, targetId: target.id, emoji, added, reactions };
}

export function decideDelete(change: OpenedChange, body: BodyOf<'delete'>, { channel, named }: Situation): Decided | Outcome {
  const mine = channel.member(change.senderId);
  // Both of a direct message are owners of it, and neither of what the other says.
  const role = channel.settings?.type === 'dm' ? undefined : mine?.role;
  const moderates = mayIn('message.delete.any', role, change.senderRole);
  if (!mine && !moderates) return notFound;
  const target = named.get(change.channelId, body.id);
  if (!target) return notFound;
  if (target.senderId !== change.senderId && !moderates) return forbidden('only its sender or a moderator deletes a message');
  if (target.deletedAt) return duplicate;
  return { kind: 'delete', target: target.position, targetId: target.id };
}

function membersMentioned(text: string, { channel, facts }: Situation): string[] {
  return mentionedNames(text).flatMap((name) => {
    const userId = facts.userByName.get(name);
    return userId !== undefined && channel.member(userId) !== null ? [userId] : [];
  });
}
