import { reactionKey, type Facts, type NamedMessage } from './facts.js';
import type { OpenedChange } from './opened-change.js';
import type { Decided } from './row-plan.js';

/** The messages that changes of a job name, as they are after what was decided so far. */
export class NamedMessages {
  readonly #messages = new Map<string, NamedMessage>();
  readonly #reacted = new Map<string, boolean>();

  constructor(private readonly facts: Pick<Facts, 'messages' | 'reacted'>) {}

  /** A message of a channel by its id. */
  get(channelId: string, id: string): NamedMessage | undefined {
    const key = `${channelId} ${id}`;
    return this.#messages.get(key) ?? this.facts.messages.get(key);
  }

  /** Does this reaction of the user stand? */
  reacted(channelId: string, position: number, userId: string, emoji: string): boolean {
    const key = reactionKey(channelId, position, userId, emoji);
    return this.#reacted.get(key) ?? this.facts.reacted.has(key);
  }

  /** Takes over what was decided. `position`: the channel's last one. */
  remember({ channelId, senderId }: OpenedChange, decided: Decided, position: number, now: Date): void {
    const set = (message: NamedMessage) => this.#messages.set(`${channelId} ${message.id}`, message);
    if (decided.kind === 'message') {
      const { id, threadId } = decided;
      set({ id, position, senderId, threadId, createdAt: now, deletedAt: null, reactions: {} });
      return;
    }
    if (decided.kind === 'system' || decided.kind === 'edit') return;
    const target = this.get(channelId, decided.targetId);
    if (!target) return;
    if (decided.kind === 'delete') {
      set({ ...target, deletedAt: now, reactions: {} });
    } else {
      set({ ...target, reactions: decided.reactions });
      this.#reacted.set(reactionKey(channelId, target.position, senderId, decided.emoji), decided.added);
    }
  }
}
