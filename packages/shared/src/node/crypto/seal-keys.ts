import { generateKeyPair } from './hpke.js';
import { formatKey } from './key-ring.js';

/** Text forms of two rings of one fresh X25519 key pair: the public one for those who ask, the private one for the worker. */
export async function generateSealKeys(kid: string): Promise<{ publicRing: string; privateRing: string }> {
  const { publicKey, privateKey } = await generateKeyPair();
  return { publicRing: formatKey(kid, publicKey), privateRing: formatKey(kid, privateKey) };
}
