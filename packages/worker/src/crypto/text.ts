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

/** The text of a row; null when it is deleted, undefined when it can't be opened (altered, its key erased or of an unknown master key). */
export async function readText(row: MessageRow, keys: ChannelKeys): Promise<string | null | undefined> {
  const { ciphertext, iv, tag } = row;
  if (!ciphertext || !iv || !tag) return null;
  try {
    const key = await keys.forReading(row.channelId, row.keyVersion);
    return key && decrypt(key, { ciphertext, iv, tag }, aad(row)).toString();
  } catch (error) {
    if (error instanceof DecryptionError || error instanceof UnknownKey) return undefined;
    throw error;
  }
}
