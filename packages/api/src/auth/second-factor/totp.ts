import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** 160 bits, as RFC 4226 §4 recommends. */
const SECRET_BYTES = 20;
const periodMs = 30_000;
/** What every authenticator app understands: SHA-1, whose weakness is of no use against an HMAC, and six digits. */
const kind = { algorithm: 'SHA1', digits: 6, period: periodMs / 1_000 };
/** Codes of the step before and the one after are good too: clocks differ, and people type (RFC 6238 §5.2). */
const window = 1;

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** The secret as apps take it by hand. */
export const base32 = (secret: Uint8Array): string => secretOf(secret).base32;

/** The secret as apps take it from a QR code. */
export const uriOf = (secret: Uint8Array, { issuer, account }: { issuer: string; account: string }): string =>
  new TOTP({ ...kind, issuer, label: account, secret: secretOf(secret) }).toString();

/** The code of a moment in epoch milliseconds: six digits (RFC 6238). */
export const codeAt = (secret: Uint8Array, atMs: number): string =>
  TOTP.generate({ ...kind, secret: secretOf(secret), timestamp: atMs });

/** The time step that a code is of, at most one from now; undefined for a wrong one. Compared in constant time. */
export function stepOf(code: string, secret: Uint8Array, nowMs: number): number | undefined {
  if (!/^[0-9]{6}$/.test(code)) return undefined; // the library throws for some of what is no code
  const distance = TOTP.validate({ ...kind, token: code, secret: secretOf(secret), timestamp: nowMs, window });
  return distance === null ? undefined : Math.floor(nowMs / periodMs) + distance;
}

/** A copy in a buffer of its own: what Node.js gives may be a part of one that others use. */
const secretOf = (secret: Uint8Array): Secret => new Secret({ buffer: new Uint8Array(secret).buffer });
