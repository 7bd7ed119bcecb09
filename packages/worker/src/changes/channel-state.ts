import type { ChannelRole, ChannelType } from '@storm/shared/protocol';

export interface Settings {
  type: ChannelType;
  name: string | null;
  description: string | null;
  createdBy: string;
  memberCount: number;
  isArchived: boolean;
  isErased: boolean;
  createdAt: number;
}

export interface Membership {
  role: ChannelRole;
  joinedAt: number;
}

/** Where a channel ends. */
export interface End {
  seq: number;
  position: number;
}

/**
 * What a worker holds of a channel between jobs: a guess, as another worker may have been there. It may allow (the insert at
 * `seq + 1` proves it current), never refuse: `fresh` says that nothing was assumed since it was read.
 */
export interface ChannelState {
  readonly channelId: string;
  seq: number;
  position: number;
  /** Null: there is no such channel. */
  settings: Settings | null;
  /** What is known of members; null: known not to be one. */
  members: Map<string, Membership | null>;
  fresh: boolean;
}

/**
 * Brings a state up to a later head without a read, when all that happened between were messages: another worker's, as two
 * take turns at a queue. They change nothing but where the channel ends. False, and unchanged, when something else happened.
 */
export function followMessages(state: ChannelState, head: End): boolean {
  if (head.seq - state.seq !== head.position - state.position) return false;
  state.seq = head.seq;
  state.position = head.position;
  state.fresh = false;
  return true;
}

/** A copy to try changes on: the members of the original are read through, not copied. */
export class Draft implements ChannelState {
  readonly channelId: string;
  readonly fresh: boolean;
  seq: number;
  position: number;
  settings: Settings | null;
  readonly members: Map<string, Membership | null>;

  constructor(private readonly base: ChannelState) {
    this.channelId = base.channelId;
    this.fresh = base.fresh;
    this.seq = base.seq;
    this.position = base.position;
    this.settings = base.settings && { ...base.settings };
    this.members = new Map();
  }

  member(userId: string): Membership | null {
    return this.members.get(userId) ?? (this.members.has(userId) ? null : (this.base.members.get(userId) ?? null));
  }

  /** Makes what was tried the state, no longer fresh: from here on it is assumed. */
  keep(): void {
    this.base.seq = this.seq;
    this.base.position = this.position;
    this.base.settings = this.settings;
    for (const [userId, membership] of this.members) this.base.members.set(userId, membership);
    this.base.fresh = false;
  }
}
