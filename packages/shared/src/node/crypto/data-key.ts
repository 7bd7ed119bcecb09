import { randomBytes } from 'node:crypto';
import { aadOf } from './aad.js';
import { openBox, sealBox } from './aead.js';
import { UnknownKey } from './errors.js';
import type { KeyRing } from './key-ring.js';

const KEY_BYTES = 32;

/** A channel's data key as it is stored. */
export interface WrappedKey {
  /** iv | tag | ciphertext, 60 bytes. */
  wrapped: Buffer;
  /** The master key it is wrapped under. */
  masterKid: string;
}

/** A fresh key of 32 bytes for the texts of one channel. */
export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** Wraps under the current master key, bound to its channel and version: a wrapped key moved elsewhere does not open. */
export function wrapDataKey(key: Buffer, channelId: string, version: number, ring: KeyRing): WrappedKey {
  if (key.length !== KEY_BYTES) throw new RangeError(`a data key has ${KEY_BYTES} bytes`);
  const { kid: masterKid, key: masterKey } = ring.current;
  return { wrapped: sealBox(masterKey, key, aadOfKey(masterKid, channelId, version)), masterKid };
}

/** Throws `UnknownKey` without the master key, `DecryptionError` for a key that is not this channel's and version's. */
export function unwrapDataKey({ wrapped, masterKid }: WrappedKey, channelId: string, version: number, ring: KeyRing): Buffer {
  const masterKey = ring.get(masterKid);
  if (!masterKey) throw new UnknownKey('master key', masterKid);
  return openBox(masterKey, wrapped, aadOfKey(masterKid, channelId, version));
}

/** The same data key under the current master key; undefined when it already is. Throws as `unwrapDataKey` does. */
export function rewrapDataKey(old: WrappedKey, channelId: string, version: number, ring: KeyRing): WrappedKey | undefined {
  if (old.masterKid === ring.current.kid) return undefined;
  return wrapDataKey(unwrapDataKey(old, channelId, version, ring), channelId, version, ring);
}

function aadOfKey(masterKid: string, channelId: string, version: number): Buffer {
  return aadOf('storm data key v1', masterKid, channelId, version);
}
