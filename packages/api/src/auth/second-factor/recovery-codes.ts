import { randomBytes } from 'node:crypto';
import { deriveKey, hmac } from '@storm/shared/node';
import { Secret } from 'otpauth';

const count = 10;
/** 80 bits, 16 letters and digits: nobody guesses one, so a plain HMAC may stand for it. */
const CODE_BYTES = 10;

/** Fresh codes, each like `abcd-efgh-ijkl-mnop`. */
export const newRecoveryCodes = (): string[] => Array.from({ length: count }, newCode);

function newCode(): string {
  const letters = new Secret({ buffer: new Uint8Array(randomBytes(CODE_BYTES)).buffer }).base32.toLowerCase();
  return letters.match(/.{4}/g)?.join('-') ?? letters;
}

/**
 * What is stored of a code. The key is derived from the app's secret: whoever can't open that can't test codes either, and
 * sealing it under another key changes nothing here.
 */
export const macOf = (code: string, secret: Uint8Array): string =>
  hmac(deriveKey(secret, 'storm recovery code v1'), bare(code)).toString('base64url');

const bare = (code: string): string => code.replace(/[ -]/g, '').toLowerCase();
