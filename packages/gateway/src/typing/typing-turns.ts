import { limits } from '@storm/shared/protocol';

/** Channels in which one connection may be typing at once; it takes more, as if it had stopped in the one of longest ago. */
const channelsMax = 32;

/** How often one connection is heard to type: once a second and channel. What is too often is swallowed, as it changes nothing. */
export class TypingTurns {
  /** By channel: when it was last heard to type (ms), and whether it still does. */
  readonly #last = new Map<string, { at: number; isTyping: boolean }>();

  /** Is it to be told? */
  take(channelId: string, isTyping: boolean, now: number): boolean {
    const last = this.#last.get(channelId);
    if (!isTyping) {
      if (!last?.isTyping) return false;
      last.isTyping = false;
      return true;
    }
    if (last && now - last.at < limits.typingEveryMs && now >= last.at) return false;
    this.#last.delete(channelId);
    this.#last.set(channelId, { at: now, isTyping });
    const [oldest] = this.#last.keys();
    if (this.#last.size > channelsMax && oldest !== undefined) this.#last.delete(oldest);
    return true;
  }
}
