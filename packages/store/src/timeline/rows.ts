import type { ChannelRole, ChannelType, SystemKind } from '@storm/shared/protocol';

interface RowBase {
  channelId: string;
  /** Dense from 1 in its channel. */
  seq: number;
  senderId: string;
  /** The client's idempotency key. */
  changeId: string;
  intakeId: string;
  /** Digest of the first body, under a key derived from the data key. */
  bodyHmac: Buffer;
  /** Version of the channel's data key. */
  keyVersion: number;
  createdAt: Date;
}

/** A message in its current state. */
export interface MessageRow extends RowBase {
  kind: 'message';
  id: string;
  /** Dense from 1 over the channel's messages. */
  position: number;
  /** `seq` of the last change applied. */
  version: number;
  /** `seq` of the change that wrote this text. */
  textSeq: number;
  /** Version of the data key of this text; null: `keyVersion`, as no edit came since. */
  textKey: number | null;
  /** Null, like `iv` and `tag`, when deleted. */
  ciphertext: Buffer | null;
  iv: Buffer | null;
  tag: Buffer | null;
  threadId: string | null;
  mentions: string[];
  reactions: Record<string, number>;
  clientTs: Date;
  editedAt: Date | null;
  deletedAt: Date | null;
}

/** A new text for a message: the state after, as the message takes it over. */
export interface EditRow extends RowBase {
  kind: 'edit';
  /** The message's position. */
  target: number;
  targetId: string;
  /** Null, like `iv` and `tag`, when the message was deleted since. */
  ciphertext: Buffer | null;
  iv: Buffer | null;
  tag: Buffer | null;
  mentions: string[];
}

/** Somebody reacted to a message, or took it back. */
export interface ReactionRow extends RowBase {
  kind: 'reaction';
  /** The message's position. */
  target: number;
  targetId: string;
  emoji: string;
  added: boolean;
  /** All counts of the message, after. */
  reactions: Record<string, number>;
}

export interface DeleteRow extends RowBase {
  kind: 'delete';
  /** The message's position. */
  target: number;
  targetId: string;
  deletedAt: Date;
}

export interface SystemState {
  kind: SystemKind;
  userId?: string;
  role?: ChannelRole;
  type?: ChannelType;
  name?: string | null;
  description?: string | null;
  memberCount: number;
  /** The channel's last position when someone joined: where their reading begins. With `joined` only. */
  position?: number;
  /** First members, with `created` only. */
  members?: { userId: string; role: ChannelRole }[];
}

/** A change of a channel's settings or members: the state after. */
export interface SystemRow extends RowBase {
  kind: 'system';
  system: SystemState;
}

export type TimelineRow = MessageRow | EditRow | ReactionRow | DeleteRow | SystemRow;
