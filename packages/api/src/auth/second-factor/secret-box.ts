import { aadOf, openBox, sealBox, type KeyRing } from '@storm/shared/node';
import type { SecondFactor } from '@storm/store';

/** As it is stored. */
export type SealedSecret = Pick<SecondFactor, 'secret' | 'kid'>;

const bound = (userId: string, kid: string): Buffer => aadOf('storm totp secret v1', userId, kid);

/** A secret sealed under the ring's current key, for one user. */
export function sealSecret(secret: Uint8Array, userId: string, ring: KeyRing): SealedSecret {
  const { kid, key } = ring.current;
  return { kid, secret: sealBox(key, secret, bound(userId, kid)).toString('base64url') };
}

/** Throws for what was not sealed for this user, and for a key that the ring has no more. */
export function openSecret({ secret, kid }: SealedSecret, userId: string, ring: KeyRing): Buffer {
  const key = ring.get(kid);
  if (!key) throw new Error(`the second factor is sealed under the key ${kid}, which TOTP_KEYS does not have`);
  return openBox(key, Buffer.from(secret, 'base64url'), bound(userId, kid));
}
