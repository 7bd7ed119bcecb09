import { createPrivateKey, createPublicKey } from 'node:crypto';
import { decodeBase64Url, formatKey, parseKeyRing } from '@storm/shared/node';

/** What PKCS #8 puts before the 32 bytes of an X25519 private key (RFC 8410 §7). */
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The ring of public keys that belongs to a ring of X25519 private keys: same key ids, same order. */
export function publicRing(privateRing: string): string {
  const ring = parseKeyRing(privateRing);
  return ring.kids.map((kid) => formatKey(kid, publicKey(ring.get(kid) ?? Buffer.alloc(0)))).join(',');
}

function publicKey(privateKey: Buffer): Buffer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_X25519, privateKey]), format: 'der', type: 'pkcs8' });
  return decodeBase64Url(createPublicKey(key).export({ format: 'jwk' }).x ?? '') ?? Buffer.alloc(0);
}
