import type { ChannelState, MemberState, MessageState, ServerPayload, SystemChange } from '@storm/shared/protocol';
import { sorted, type ChannelView, type LoadedPage } from './view.js';

type OrderedEvent = 'message.new' | 'message.updated' | 'message.reactions' | 'message.deleted' | 'channel.changed';
/** A frame that has a place in the order of its channel. */
export type Ordered = { [E in OrderedEvent]: { event: E; payload: ServerPayload<E> } }[OrderedEvent];

/** A message as it is now, and up to which `seq` its replies are counted. */
interface Held {
  state: MessageState;
  mine: Set<string>;
  countedTo: number;
}

type Settings = Pick<
  ChannelState,
  'id' | 'type' | 'name' | 'description' | 'createdBy' | 'isArchived' | 'memberCount' | 'createdAt'
>;

/** What was read over REST; without settings where they are known already. */
export interface Loaded {
  settings?: Settings;
  readPosition?: number;
  members: MemberState[];
  pages: readonly LoadedPage[];
}

/** What an app holds of one channel, and what each frame does to it. Applying one again, or late, changes nothing. */
export class HeldChannel {
  /** Is there more than live events brought? */
  loaded = false;
  readPosition = 0;
  #settings: Settings | undefined;
  readonly #members = new Map<string, MemberState>();
  readonly #messages = new Map<string, Held>();

  /** @param me whose app it is @param at the last change that it knows of */
  constructor(
    readonly id: string,
    private readonly me: string,
    public at: number,
  ) {}

  get position(): number {
    return Math.max(0, ...[...this.#messages.values()].map(({ state }) => state.position));
  }

  settle(settings: Settings): void {
    this.#settings = { ...settings };
  }

  read(position: number): void {
    this.readPosition = Math.max(this.readPosition, position);
  }

  take({ settings, readPosition = 0, members, pages }: Loaded): void {
    if (settings) this.settle(settings);
    this.read(readPosition);
    this.#members.clear();
    for (const member of members) this.#members.set(member.userId, member);
    for (const { head, messages } of pages) this.put(messages, head);
    this.loaded = true;
  }

  /** Takes current states of messages, whose replies are counted as of `head`. */
  put(messages: readonly MessageState[], head: number): void {
    for (const message of messages) this.#hold(message, head);
    for (const message of messages) this.#countReply(message);
  }

  apply({ event, payload }: Ordered): void {
    switch (event) {
      case 'message.new':
        return this.put([payload], payload.seq);
      case 'message.updated': {
        const { text, mentions, editedAt } = payload;
        return this.#change(payload, (held) => Object.assign(held.state, { text, mentions, editedAt }));
      }
      case 'message.reactions':
        return this.#change(payload, (held) => {
          held.state.reactions = payload.reactions;
          if (payload.userId === this.me) held.mine[payload.added ? 'add' : 'delete'](payload.emoji);
        });
      case 'message.deleted':
        return this.#change(payload, (held) => {
          Object.assign(held.state, { text: null, reactions: {}, deletedAt: payload.deletedAt });
          held.mine.clear();
        });
      case 'channel.changed':
        for (const change of payload.changes) this.follow(change);
    }
  }

  follow({ kind, userId, role, name, description, memberCount, members, at }: SystemChange): void {
    if (this.#settings && memberCount !== undefined) this.#settings.memberCount = memberCount;
    if (this.#settings && kind === 'renamed') {
      Object.assign(this.#settings, { name: name ?? null, description: description ?? null });
    }
    if (this.#settings && kind === 'archived') this.#settings.isArchived = true;
    for (const member of members ?? []) this.#members.set(member.userId, member);
    if (userId === undefined) return;
    if (kind === 'joined') this.#members.set(userId, { userId, role: role ?? 'member', joinedAt: at });
    if (kind === 'left') this.#members.delete(userId);
    const member = this.#members.get(userId);
    if (kind === 'role' && member && role) this.#members.set(userId, { ...member, role });
  }

  view(): ChannelView {
    if (!this.#settings) throw new Error(`nothing is known of ${this.id}`);
    const messages = [...this.#messages.values()].sort((a, b) => a.state.position - b.state.position);
    const { position, readPosition } = this;
    const unread = messages.filter(({ state }) => state.position > readPosition);
    return {
      ...this.#settings,
      seq: this.at,
      position,
      readPosition,
      unread: Math.max(0, position - readPosition),
      mentions: unread.filter(({ state }) => state.mentions.includes(this.me)).length,
      members: sorted(this.#members.values()),
      messages: messages.map(({ state, mine }) => ({ ...state, myReactions: [...mine].sort() })),
      ...myRole(this.#members.get(this.me)),
    };
  }

  #hold({ myReactions, ...state }: MessageState, head: number): void {
    const held = this.#messages.get(state.id) ?? { state, mine: new Set(myReactions), countedTo: head };
    this.#messages.set(state.id, held);
    if (state.senderId === this.me) this.read(state.position);
    const [replyCount, countedTo] = head > held.countedTo ? [state.replyCount, head] : [held.state.replyCount, held.countedTo];
    if (state.version >= held.state.version) Object.assign(held, { state, mine: new Set(myReactions) });
    held.state = { ...held.state, replyCount };
    held.countedTo = countedTo;
  }

  #countReply({ threadId, seq }: MessageState): void {
    const root = threadId === null ? undefined : this.#messages.get(threadId);
    if (!root || seq <= root.countedTo) return;
    root.state.replyCount += 1;
    root.countedTo = seq;
  }

  #change({ id, seq }: { id: string; seq: number }, how: (held: Held) => void): void {
    const held = this.#messages.get(id);
    if (!held || held.state.version >= seq) return;
    how(held);
    held.state.version = seq;
  }
}

function myRole(member: MemberState | undefined): Pick<ChannelView, 'myRole'> {
  return member ? { myRole: member.role } : {};
}
