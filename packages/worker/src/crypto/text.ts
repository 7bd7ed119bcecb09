import { DecryptionError, UnknownKey, aadOf, decrypt, encrypt, type Sealed } from '@storm/shared/node';
import type { MessageRow } from '@storm/store';
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

/**
 * The text of a row; null when it is deleted, whatever stands there. Undefined when it can't be opened: altered, moved or taken
 * away, its key erased or of an unknown master key.
 */
export async function readText(row: MessageRow, keys: ChannelKeys): Promise<string | null | undefined> {
  if (row.deletedAt) return null;
  const sealed = sealedOf(row);
  if (!sealed) return undefined;
  try {
    const key = await keys.forReading(row.channelId, row.keyVersion);
    return key && decrypt(key, sealed, aad(row)).toString();
  } catch (error) {
    if (error instanceof DecryptionError || error instanceof UnknownKey) return undefined;
    throw error;
  }
}

/** What was encrypted, unless somebody left other things in its place. */
function sealedOf({ ciphertext, iv, tag, keyVersion, textSeq }: MessageRow): Sealed | undefined {
  if (!Number.isFinite(keyVersion) || !Number.isFinite(textSeq)) return undefined;
  return Buffer.isBuffer(ciphertext) && Buffer.isBuffer(iv) && Buffer.isBuffer(tag) ? { ciphertext, iv, tag } : undefined;
}
