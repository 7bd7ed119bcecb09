export { aadOf, type AadPart } from './aad.js';
export { BOX_OVERHEAD, decrypt, encrypt, openBox, sealBox, type Sealed } from './aead.js';
export { decodeBase64Url, encodeBase64Url } from './base64url.js';
export { bodyDigest } from './body-digest.js';
export { equalBytes } from './constant-time.js';
export { newDataKey, rewrapDataKey, unwrapDataKey, wrapDataKey, type WrappedKey } from './data-key.js';
export { deriveKey } from './derive.js';
export { DecryptionError, UnknownKey } from './errors.js';
export { EventOpener } from './event-opener.js';
export { EventSealer, type EventSealerOptions } from './event-sealer.js';
export { hmac, verifyHmac } from './hmac.js';
export {
  InvalidToken,
  leewayMaxSeconds,
  signJwt,
  verifyJwt,
  type InvalidTokenReason,
  type SignOptions,
  type VerifyOptions,
} from './jwt.js';
export { formatKey, generateKey, KeyRing, keyRingSchema, parseKeyRing, type RingKey } from './key-ring.js';
export { Opener, type OpenContext, type OpenerOptions } from './opener.js';
export type { SealContext } from './seal-context.js';
export { sealHeaderSchema, type SealHeader } from './seal-header.js';
export { generateSealKeys } from './seal-keys.js';
export { Sealer, type SealerOptions } from './sealer.js';
export {
  publicRingOf,
  tokenKeys,
  type TokenAlgorithm,
  type TokenKeys,
  type TokenRings,
  type TokenSigner,
  type TokenVerifier,
} from './token-keys.js';
