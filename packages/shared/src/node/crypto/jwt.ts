import { z } from 'zod';
import { parseCompact, signCompact } from './jws.js';
import { KID } from './key-ring.js';
import type { TokenKeys, TokenVerifier } from './token-keys.js';

const DEFAULT_LEEWAY_SECONDS = 30;
/** How far apart the clocks of two services may be at most. */
export const leewayMaxSeconds = 60;
/** Members that options set; claims that name them are a mistake of the caller. */
const RESERVED = ['iss', 'aud', 'iat', 'exp', 'nbf'];

/** Why a token is refused. For logs and tests; clients hear only that it is. */
export type InvalidTokenReason =
  'malformed' | 'algorithm' | 'key' | 'signature' | 'type' | 'issuer' | 'audience' | 'expired' | 'not-yet';

export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';

  constructor(readonly reason: InvalidTokenReason) {
    super(`invalid token: ${reason}`);
  }
}

interface TokenKind {
  keys: TokenKeys;
  /** Header `typ`: what kind of token, so that one kind is never taken for another (RFC 8725 §3.11). */
  typ: string;
  issuer: string;
  audience: string;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

export interface SignOptions extends TokenKind {
  /** A positive integer. */
  ttlSeconds: number;
}

export interface VerifyOptions extends TokenKind {
  /** How far clocks may be apart: 0 to 60, 30 by default. Throws `RangeError` for others. */
  leewaySeconds?: number;
}

const headerSchema = z.strictObject({ alg: z.string(), typ: z.string(), kid: z.string().regex(KID) });
const timesSchema = z.object({ iat: z.int().nonnegative(), exp: z.int().nonnegative(), nbf: z.int().nonnegative().optional() });

/**
 * A JWT (RFC 7519) signed with the current key. `iss`, `aud`, `iat` and `exp` come from the options; throws `TypeError` for
 * claims that set one of them, and for keys that only verify.
 */
export function signJwt<C extends object>(claims: C, options: SignOptions): string {
  const { keys, typ, issuer, audience, ttlSeconds, now = Date.now } = options;
  const { signer } = keys;
  if (!signer) throw new TypeError('these keys only verify');
  for (const name of RESERVED) if (Object.hasOwn(claims, name)) throw new TypeError(`the claim ${name} is set by options`);
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds <= 0) throw new RangeError('ttlSeconds must be a positive integer');
  const iat = Math.floor(now() / 1000);
  const header = { alg: signer.algorithm, typ, kid: signer.kid };
  const payload = { ...claims, iss: issuer, aud: audience, iat, exp: iat + ttlSeconds };
  return signCompact((input) => signer.sign(input), Buffer.from(JSON.stringify(header)), Buffer.from(JSON.stringify(payload)));
}

/**
 * The claims of a token that `signJwt` made with the same kind and one of the keys, within its time. The caller parses them
 * further. A key verifies its own algorithm only: which one a token names decides nothing but where its key is looked for. Throws `InvalidToken`; nothing of the payload is looked at before the signature holds.
 */
export function verifyJwt(token: string, options: VerifyOptions): Record<string, unknown> {
  const { keys, typ, issuer, audience, leewaySeconds = DEFAULT_LEEWAY_SECONDS, now = Date.now } = options;
  if (!(leewaySeconds >= 0 && leewaySeconds <= leewayMaxSeconds)) throw new RangeError('leewaySeconds must be 0 to 60');

  const jws = parseCompact(token);
  if (!jws) throw new InvalidToken('malformed');
  const { header, verifier } = readHeader(jws.header, keys);
  if (header.typ !== typ) throw new InvalidToken('type');
  const verified = verifier.verify(header.kid, jws.signingInput, jws.signature);
  if (verified === undefined) throw new InvalidToken('key');
  if (!verified) throw new InvalidToken('signature');

  const claims = readObject(jws.payload);
  if (claims['iss'] !== issuer) throw new InvalidToken('issuer');
  if (claims['aud'] !== audience) throw new InvalidToken('audience');
  checkTimes(claims, now() / 1000, leewaySeconds);
  return claims;
}

/** Exactly `alg`, `typ` and `kid`: what brings its own key (`jwk`, `jku`, `x5u`) or rules (`crit`) is refused unread. */
function readHeader(bytes: Buffer, { verifiers }: TokenKeys): { header: z.infer<typeof headerSchema>; verifier: TokenVerifier } {
  const header = readObject(bytes);
  const verifier = verifiers.find(({ algorithm }) => algorithm === header['alg']);
  if (!verifier) throw new InvalidToken('algorithm');
  const parsed = headerSchema.safeParse(header);
  if (!parsed.success) throw new InvalidToken('malformed');
  return { header: parsed.data, verifier };
}

function checkTimes(claims: Record<string, unknown>, now: number, leeway: number): void {
  const times = timesSchema.safeParse(claims);
  if (!times.success) throw new InvalidToken('malformed');
  const { iat, exp, nbf = iat } = times.data;
  if (now >= exp + leeway) throw new InvalidToken('expired');
  if (Math.max(iat, nbf) > now + leeway) throw new InvalidToken('not-yet');
}

function readObject(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // falls through: not UTF-8 or not JSON
  }
  throw new InvalidToken('malformed');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
