import type { KeyObject } from 'node:crypto';
import { ed25519Private, ed25519Public, ed25519PublicOf, ed25519Sign, ed25519Verify } from './ed25519.js';
import { hs256, verifyHs256 } from './jws.js';
import { KeyRing } from './key-ring.js';

/** By their names in a header (RFC 7518 §3.1, RFC 8037 §3.1). */
export type TokenAlgorithm = 'HS256' | 'EdDSA';

/** What signs tokens: its key decides the algorithm. */
export interface TokenSigner {
  readonly algorithm: TokenAlgorithm;
  readonly kid: string;
  sign(signingInput: string): Buffer;
}

/** A ring of keys of one algorithm, which verify its tokens and no others. */
export interface TokenVerifier {
  readonly algorithm: TokenAlgorithm;
  /** Undefined when the ring has no such key. */
  verify(kid: string, signingInput: string, signature: Uint8Array): boolean | undefined;
}

export interface TokenKeys {
  /** Undefined for who only verifies. */
  signer: TokenSigner | undefined;
  /** At most one of each algorithm; two while an installation changes over. */
  verifiers: readonly TokenVerifier[];
}

/** Rings of 32-byte keys, as configured. */
export interface TokenRings {
  /** HS256: signs, when nothing else does, and verifies. */
  secret?: KeyRing | undefined;
  /** Ed25519 seeds: the first signs. */
  signing?: KeyRing | undefined;
  /** Ed25519 public keys: all verify, beside those that belong to `signing`. */
  public?: KeyRing | undefined;
}

/** Throws an Error that names no key when one key id stands for two. */
export function tokenKeys({ secret, signing, public: known }: TokenRings): TokenKeys {
  const publicRing = mergePublic(signing && publicRingOf(signing), known);
  const verifiers = [publicRing && edDsaVerifier(publicRing), secret && hs256Verifier(secret)];
  return {
    signer: signing ? edDsaSigner(signing) : secret && hs256Signer(secret),
    verifiers: verifiers.filter((verifier) => verifier !== undefined),
  };
}

/** The ring of public keys of a ring of Ed25519 seeds: same key ids, same order. */
export const publicRingOf = (signing: KeyRing): KeyRing =>
  new KeyRing(signing.entries.map(({ kid, key }) => ({ kid, key: ed25519PublicOf(key) })));

function mergePublic(own: KeyRing | undefined, known: KeyRing | undefined): KeyRing | undefined {
  if (!own || !known) return own ?? known;
  for (const { kid, key } of own.entries)
    if (known.get(kid)?.equals(key) === false) throw new Error('a key id stands for two different public keys');
  return new KeyRing([...own.entries, ...known.entries.filter(({ kid }) => !own.get(kid))]);
}

const bytesOf = (signingInput: string): Buffer => Buffer.from(signingInput, 'ascii');

function hs256Signer({ current: { kid, key } }: KeyRing): TokenSigner {
  return { algorithm: 'HS256', kid, sign: (signingInput) => hs256(key, signingInput) };
}

function hs256Verifier(ring: KeyRing): TokenVerifier {
  return {
    algorithm: 'HS256',
    verify(kid, signingInput, signature) {
      const key = ring.get(kid);
      return key && verifyHs256(key, signingInput, signature);
    },
  };
}

function edDsaSigner({ current: { kid, key: seed } }: KeyRing): TokenSigner {
  const key = ed25519Private(seed);
  return { algorithm: 'EdDSA', kid, sign: (signingInput) => ed25519Sign(key, bytesOf(signingInput)) };
}

function edDsaVerifier(ring: KeyRing): TokenVerifier {
  const keys = new Map<string, KeyObject>(ring.entries.map(({ kid, key }) => [kid, ed25519Public(key)]));
  return {
    algorithm: 'EdDSA',
    verify(kid, signingInput, signature) {
      const key = keys.get(kid);
      return key && ed25519Verify(key, bytesOf(signingInput), signature);
    },
  };
}
