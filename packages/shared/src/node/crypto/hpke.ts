import type { webcrypto } from 'node:crypto';
import { CipherSuite, DhkemX25519HkdfSha256, ExportOnly, HkdfSha256 } from '@hpke/core';

declare global {
  // Node's types keep these in `webcrypto`; @hpke/core's name them as a browser does.
  type CryptoKey = webcrypto.CryptoKey;
  type CryptoKeyPair = webcrypto.CryptoKeyPair;
}

/** Length of X25519 keys and of `enc`, in bytes. */
export const X25519_BYTES = 32;

/**
 * HPKE (RFC 9180), mode PSK: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only. Its own AEAD costs about 0.9 ms a message
 * and wants them in order; keys exported once and used with AES-256-GCM cost a few µs and do not.
 */
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new ExportOnly() });

export interface Psk {
  id: Uint8Array;
  /** At least 32 bytes. */
  key: Uint8Array;
}

export interface Exporter {
  /** A secret of `bytes` bytes for the purpose that `context` names; sender and recipient get the same. */
  export(context: Uint8Array, bytes: number): Promise<Buffer>;
}

export interface SenderSetup {
  /** The recipient's X25519 public key, raw. */
  publicKey: Uint8Array;
  psk: Psk;
  info: Uint8Array;
  /** Only for published vectors: the key material of the ephemeral key, which is random otherwise. */
  ekm?: Uint8Array;
}

export interface RecipientSetup {
  /** X25519 private key, raw. */
  privateKey: Uint8Array;
  psk: Psk;
  info: Uint8Array;
  /** The sender's encapsulated key. */
  enc: Uint8Array;
}

/** `SetupPSKS` of RFC 9180 §5.1.2. */
export async function setupSender({ publicKey, psk, info, ekm }: SenderSetup): Promise<Exporter & { enc: Buffer }> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(publicKey);
  const context = await suite.createSenderContext({ recipientPublicKey, psk, info, ...(ekm && { ekm }) });
  return { enc: Buffer.from(context.enc), ...exporterOf(context) };
}

/** `SetupPSKR` of RFC 9180 §5.1.2. Rejects for an `enc` that is no point or of small order. */
export async function setupRecipient({ privateKey, psk, info, enc }: RecipientSetup): Promise<Exporter> {
  const recipientKey = await suite.kem.deserializePrivateKey(privateKey);
  return exporterOf(await suite.createRecipientContext({ recipientKey, psk, info, enc }));
}

/** A fresh key pair, raw. */
export async function generateKeyPair(): Promise<{ publicKey: Buffer; privateKey: Buffer }> {
  const pair = await suite.kem.generateKeyPair();
  return {
    publicKey: Buffer.from(await suite.kem.serializePublicKey(pair.publicKey)),
    privateKey: Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey)),
  };
}

function exporterOf(context: { export(context: Uint8Array, bytes: number): Promise<ArrayBuffer> }): Exporter {
  return { export: async (purpose, bytes) => Buffer.from(await context.export(purpose, bytes)) };
}
