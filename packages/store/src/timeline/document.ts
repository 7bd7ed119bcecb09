import mongoose from 'mongoose';
import type { MessageRow, TimelineRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

/** A document of its own for a row: the caller's is not touched. Undefined fields are left to `ignoreUndefined`. */
export function toDocument(row: TimelineRow): TimelineDocument {
  const _id = new mongoose.mongo.ObjectId();
  if (row.kind !== 'message') return { _id, ...row };
  const { textKey, threadId, mentions, reactions, editedAt, deletedAt, ciphertext, iv, tag } = row;
  // Field by field: a copy by rest and spread costs five times as much, and messages are most of all rows.
  const document: TimelineDocument = {
    _id,
    channelId: row.channelId,
    seq: row.seq,
    kind: row.kind,
    senderId: row.senderId,
    changeId: row.changeId,
    intakeId: row.intakeId,
    bodyHmac: row.bodyHmac,
    keyVersion: row.keyVersion,
    createdAt: row.createdAt,
    id: row.id,
    position: row.position,
    version: row.version,
    textSeq: row.textSeq,
    ciphertext,
    iv,
    tag,
    clientTs: row.clientTs,
  };
  if (textKey !== null) document.textKey = textKey;
  if (threadId !== null) document.threadId = threadId;
  if (mentions.length > 0) document.mentions = mentions;
  if (Object.keys(reactions).length > 0) document.reactions = reactions;
  if (editedAt !== null) document.editedAt = editedAt;
  if (deletedAt !== null) document.deletedAt = deletedAt;
  return document;
}

/** Takes the document over. Throws for a kind that this version doesn't know: to leave it out would make a hole in `seq`. */
export function toRow(document: TimelineDocument): TimelineRow {
  switch (document.kind) {
    case 'message':
      return toMessage(document);
    case 'edit':
      return { ...bare(document), mentions: document.mentions ?? [] } as TimelineRow;
    case 'reaction':
    case 'delete':
    case 'system':
      return bare(document) as TimelineRow;
    default:
      throw new Error(`A timeline row is of the unknown kind ${document.kind}`);
  }
}

function bare({ _id, ...row }: TimelineDocument): Omit<TimelineDocument, '_id'> {
  return row;
}

export function toMessage(document: TimelineDocument): MessageRow {
  return {
    ...bare(document),
    textKey: document.textKey ?? null,
    threadId: document.threadId ?? null,
    mentions: document.mentions ?? [],
    reactions: document.reactions ?? {},
    editedAt: document.editedAt ?? null,
    deletedAt: document.deletedAt ?? null,
  } as MessageRow;
}
