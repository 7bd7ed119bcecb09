import { DecryptionError, UnknownKey, aadOf, decrypt, encrypt, type Sealed } from '@storm/shared/node';
import type { EditRow, MessageRow, TimelineRow } from '@storm/store';
import type { ChannelKeys } from './channel-keys.js';

/** What a stored text is bound to: moved, altered or put back, it does not open. */
interface Place {
  channelId: string;
  keyVersion: number;
  position: number;
  /** `seq` of the change that wrote this text. */
  textSeq: number;
  senderId: string;
}

const aad = ({ channelId, keyVersion, position, textSeq, senderId }: Place): Buffer =>
  aadOf('storm text v1', keyVersion, channelId, 'message', position, textSeq, senderId);

export const encryptText = (key: Buffer, text: string, place: Place): Sealed => encrypt(key, Buffer.from(text), aad(place));

/** Rows that hold a text. */
export type TextRow = MessageRow | EditRow;

export const hasText = (row: TimelineRow): row is TextRow => row.kind === 'message' || row.kind === 'edit';

/**
 * The text of a row; null when it is deleted, whatever stands there. Undefined when it can't be opened: altered, moved or taken
 * away, its key erased or of an unknown master key.
 */
export async function readText(row: TextRow, keys: ChannelKeys): Promise<string | null | undefined> {
  if (isDeleted(row)) return null;
  const place = placeOf(row);
  const sealed = sealedOf(row);
  if (!sealed || !Number.isFinite(place.keyVersion) || !Number.isFinite(place.textSeq)) return undefined;
  try {
    const key = await keys.forReading(row.channelId, place.keyVersion);
    return key && decrypt(key, sealed, aad(place)).toString();
  } catch (error) {
    if (error instanceof DecryptionError || error instanceof UnknownKey) return undefined;
    throw error;
  }
}

/** An edit has lost its text to the deletion of its message, which says so itself. */
const isDeleted = (row: TextRow): boolean => (row.kind === 'message' ? row.deletedAt !== null : row.ciphertext === null);

function placeOf(row: TextRow): Place {
  const { channelId, senderId } = row;
  return row.kind === 'message'
    ? { channelId, senderId, keyVersion: row.textKey ?? row.keyVersion, position: row.position, textSeq: row.textSeq }
    : { channelId, senderId, keyVersion: row.keyVersion, position: row.target, textSeq: row.seq };
}

/** What was encrypted, unless somebody left other things in its place. */
const sealedOf = ({ ciphertext, iv, tag }: TextRow): Sealed | undefined =>
  Buffer.isBuffer(ciphertext) && Buffer.isBuffer(iv) && Buffer.isBuffer(tag) ? { ciphertext, iv, tag } : undefined;
