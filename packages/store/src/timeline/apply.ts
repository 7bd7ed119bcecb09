import type { mongo } from 'mongoose';
import type { Collection } from '../collection.js';
import { inLockOrder, sortable } from '../lock-order.js';
import type { EditRow, MessageRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

/** What one timeline row does to the message that it names: exactly one of `edited`, `reactions`, `deletedAt`. */
export interface MessageOp {
  channelId: string;
  /** The message's position. */
  target: number;
  seq: number;
  edited?: Pick<EditRow, 'ciphertext' | 'iv' | 'tag' | 'mentions'> & { textKey: number; editedAt: Date };
  /** All counts, after. */
  reactions?: MessageRow['reactions'];
  deletedAt?: Date;
}

/**
 * Brings messages up to date with rows, each in the order given; deleting takes the text out of the message and of its edits,
 * and keeps rows and positions. Doing it again, or late, changes nothing.
 */
export const apply = (timeline: Collection<TimelineDocument>) =>
  async function apply(ops: readonly MessageOp[]): Promise<void> {
    if (ops.length === 0) return;
    const sorted = inLockOrder(ops, ({ channelId, target }) => `${channelId} ${sortable(target)}`);
    await timeline.bulkWrite(sorted.map(write), { ordered: true });
    const wipes = sorted.filter(({ deletedAt }) => deletedAt).map(wipeEdits);
    // After the message: an edit without its text is done again by nobody, as the message has moved past it.
    if (wipes.length > 0) await timeline.bulkWrite(wipes, { ordered: true });
  };

const noText = { ciphertext: null, iv: null, tag: null };

function write({ channelId, target, seq, ...op }: MessageOp): mongo.AnyBulkWriteOperation<TimelineDocument> {
  const filter = { channelId, position: target, version: { $lt: seq } };
  return { updateOne: { filter, update: { $set: { ...stateAfter(op, seq), version: seq } } } };
}

function stateAfter({ edited, reactions, deletedAt }: Omit<MessageOp, 'channelId' | 'target' | 'seq'>, seq: number) {
  if (edited) return { ...edited, textSeq: seq };
  if (reactions) return { reactions };
  return { ...noText, reactions: {}, ...(deletedAt ? { deletedAt } : {}) };
}

const wipeEdits = ({ channelId, target, seq }: MessageOp): mongo.AnyBulkWriteOperation<TimelineDocument> => ({
  updateMany: { filter: { channelId, target, kind: 'edit', seq: { $lt: seq } }, update: { $set: noText } },
});
