import type { Answer } from '@storm/shared/contracts';
import type { ChannelState, MessageState, ServerEvent, ServerPayload, SystemChange } from '@storm/shared/protocol';
import { messageIdOf } from '@storm/shared/contracts';
import { randomUUID } from 'node:crypto';

type Frame = { [E in ServerEvent]: { event: E; payload: ServerPayload<E> } }[ServerEvent];

/** One row of a channel, as it goes out. */
export interface Row {
  from: number;
  seq: number;
  frame: Frame;
}

/** A channel as a worker would keep it: rows, messages, members. */
export class ChannelModel {
  readonly rows: Row[] = [];
  readonly messages: MessageState[] = [];
  readonly members = new Set<string>();

  constructor(
    readonly id: string,
    readonly ownerId: string,
  ) {
    this.members.add(ownerId);
    this.#change({ kind: 'created', actorId: ownerId, type: 'public', name: 'room', description: null });
  }

  get seq(): number {
    return this.rows.at(-1)?.seq ?? 0;
  }

  get position(): number {
    return this.messages.length;
  }

  get state(): ChannelState {
    const { id, seq, position, ownerId: createdBy } = this;
    const about = { type: 'public' as const, name: 'room', description: null, isArchived: false, memberCount: this.members.size };
    return { id, createdBy, ...about, seq, position, createdAt: 1 };
  }

  say(senderId: string, text: string, messageId: string = randomUUID()): Row {
    const [seq, position] = [this.seq + 1, this.position + 1];
    const message: MessageState = {
      id: messageIdOf(this.id, senderId, messageId),
      messageId,
      channelId: this.id,
      seq,
      version: seq,
      position,
      senderId,
      text,
      threadId: null,
      replyCount: 0,
      reactions: {},
      mentions: [],
      clientTs: 1,
      createdAt: 1,
      editedAt: null,
      deletedAt: null,
    };
    this.messages.push({ ...message });
    return this.#row(seq, { event: 'message.new', payload: message });
  }

  delete(position: number): Row {
    const message = this.messages[position - 1];
    if (!message) throw new Error('no such message');
    const seq = this.seq + 1;
    Object.assign(message, { text: null, version: seq, deletedAt: 2 });
    const { id, channelId } = message;
    return this.#row(seq, { event: 'message.deleted', payload: { channelId, seq, position, id, deletedAt: 2 } });
  }

  edit(position: number, text: string): Row {
    const message = this.messages[position - 1];
    if (!message) throw new Error('no such message');
    const seq = this.seq + 1;
    Object.assign(message, { text, version: seq, editedAt: 2 });
    const { id, channelId } = message;
    const payload = { channelId, seq, position, id, text, mentions: [], editedAt: 2 };
    return this.#row(seq, { event: 'message.updated', payload });
  }

  join(userId: string): Row {
    this.members.add(userId);
    return this.#change({ kind: 'joined', actorId: userId, userId, role: 'member', memberCount: this.members.size });
  }

  leave(userId: string): Row {
    this.members.delete(userId);
    return this.#change({ kind: 'left', actorId: userId, userId, memberCount: this.members.size });
  }

  /** Many changes that travel as one event. */
  rename(times: number): Row {
    const from = this.seq + 1;
    const changes = Array.from({ length: times }, (_, i): SystemChange => {
      return { seq: from + i, kind: 'renamed', actorId: this.ownerId, name: `room ${i}`, at: 1 };
    });
    const seq = from + times - 1;
    const row: Row = { from, seq, frame: { event: 'channel.changed', payload: { channelId: this.id, from, seq, changes } } };
    this.rows.push(row);
    return row;
  }

  /** What a worker answers to `events`, at most `limit` rows of it. */
  eventsSince(since: number, limit: number): Answer<'events'> {
    const rows = this.rows.filter(({ seq }) => seq > since).slice(0, limit);
    return { events: rows.map(({ from, seq, frame }) => ({ from, seq, frame: JSON.stringify(frame) })) };
  }

  #change(change: Omit<SystemChange, 'seq' | 'at'>): Row {
    const seq = this.seq + 1;
    const system = { ...change, seq, at: 1 };
    return this.#row(seq, { event: 'channel.changed', payload: { channelId: this.id, from: seq, seq, changes: [system] } });
  }

  #row(seq: number, frame: Frame): Row {
    const row = { from: seq, seq, frame };
    this.rows.push(row);
    return row;
  }
}
