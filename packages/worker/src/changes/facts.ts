import type { MessageRow } from '@storm/store';

/** A message that a change names: what deciding needs of it. */
export type NamedMessage = Pick<
  MessageRow,
  'id' | 'position' | 'senderId' | 'threadId' | 'createdAt' | 'deletedAt' | 'reactions'
>;

/** How `Facts.reacted` spells a reaction. */
export const reactionKey = (channelId: string, position: number, userId: string, emoji: string): string =>
  `${channelId} ${position} ${userId} ${emoji}`;

/** What deciding needs beyond the state of channels; read before, so that deciding itself asks nobody. */
export interface Facts {
  /** Messages that changes name, by `channelId id`. */
  messages: Map<string, NamedMessage>;
  /** Reactions that changes name and that stand, as `reactionKey` spells them. */
  reacted: Set<string>;
  /** Users that changes name and that are active, by id. */
  activeUsers: Set<string>;
  /** Users by lower-cased name, of the names that texts mention. */
  userByName: Map<string, string>;
  /** Public names that another channel holds, lower-cased, by `channelId name`. */
  namesHeld: Set<string>;
}

const mention = /(?<![A-Za-z0-9_])@([A-Za-z0-9_]{3,32})(?![A-Za-z0-9_])/g;
/** A text may mention anybody, but rings no more than this many bells. */
const mentionsMax = 50;

/** The names that a text mentions, lower-cased, each once. */
export function mentionedNames(text: string): string[] {
  if (!text.includes('@')) return [];
  return [...new Set([...text.matchAll(mention)].map(([, name]) => (name ?? '').toLowerCase()))].slice(0, mentionsMax);
}

/** How `Facts.namesHeld` spells a channel's claim to a name. */
export const nameKey = (channelId: string, name: string): string => `${channelId} ${name.toLowerCase()}`;
