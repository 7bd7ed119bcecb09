import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { StormError, unavailable } from '../../errors/storm-error.js';
import { addressKey } from '../../limits/address-key.js';
import { credentialMax, issuerIn } from './issuer-in.js';
import { readBounded } from './read-bounded.js';
import { Shares } from './shares.js';
import { toProfile } from './to-profile.js';
import type { Credential, IdentitySource, Vouched } from './vouched.js';

export interface JwksOptions {
  /** Where the keys are. */
  url: URL;
  /** The `iss` of its tokens. */
  issuer: string;
  /** The `aud` of tokens that are for us. */
  audience: string;
  /** How long the service may take to answer, in milliseconds. */
  timeoutMs: number;
  /** For how long after a fetch an unknown key id causes no other, in milliseconds; 30,000 by default. */
  cooldownMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

/** Asymmetric ones alone: no public key passes for an HMAC secret. */
const algorithms = ['RS256', 'ES256', 'EdDSA'];
/** Headers by which a token would bring its own key, or rules that we don't know. */
const refusedHeaders = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64'];
const leewaySeconds = 30;
const maxBytes = 256 * 1024;
const keptMs = 600_000;
/** So long after a fetch that failed there is no other. */
const retryMs = 1_000;

/** A JWK Set as far as it must be one: a key that we can't use harms no other. */
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const Claims = z.object({ sub: z.string().min(1).max(256), exp: z.number() });

/**
 * Bearer tokens of an identity service, verified with the keys that it publishes (a JWK Set, RFC 7517). The set is kept for
 * ten minutes, and fetched anew for a key id that is not in it; from the configured URL alone, whatever a token says.
 */
export class JwksSource implements IdentitySource {
  readonly #keyOf: JWTVerifyGetKey;
  readonly #shares = new Shares();
  readonly #isFetching: () => boolean;
  #failedAt = -Infinity;

  constructor(private readonly options: JwksOptions) {
    const { url, timeoutMs, cooldownMs = 30_000 } = options;
    const keys = createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: keptMs,
      [customFetch]: (address, init) => this.#fetch(address, init),
    });
    this.#isFetching = () => keys.reloading || !keys.fresh;
    this.#keyOf = async (header, token) => {
      for (const name of refusedHeaders) if (Object.hasOwn(header, name)) throw new errors.JWSInvalid(`${name} is refused`);
      try {
        return await keys(header, token);
      } catch (error) {
        throw isOfToken(error) ? error : unavailable('the keys of the identity service can not be had', 1_000, error);
      }
    };
  }

  takes(token: string): boolean {
    return issuerIn(token) === this.options.issuer;
  }

  async identify(credential: Credential, address: string): Promise<Vouched> {
    if (!('bearer' in credential) || credential.bearer.length > credentialMax) throw new StormError('UNAUTHORIZED');
    const { issuer } = this.options;
    const verify = () => this.#verify(credential.bearer);
    const payload = await (this.#isFetching() ? this.#shares.run(addressKey(address), verify) : verify());
    const { sub: subject, exp, jti, iat } = payload;
    const signIn = jti ?? iat?.toString() ?? createHash('sha256').update(credential.bearer).digest('base64url');
    return { user: { issuer, subject, profile: profileOf(payload) }, exp: Math.floor(exp), signIn };
  }

  async #verify(token: string): Promise<JWTPayload & z.infer<typeof Claims>> {
    const { issuer, audience, now = Date.now } = this.options;
    try {
      // The algorithm is checked before the key is asked for.
      const { payload } = await jwtVerify(token, this.#keyOf, {
        issuer,
        audience,
        algorithms,
        clockTolerance: leewaySeconds,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(now()),
      });
      return { ...payload, ...Claims.parse(payload) };
    } catch (error) {
      if (error instanceof StormError) throw error;
      // Not the error itself: it carries what the token says.
      throw new StormError('UNAUTHORIZED', { cause: error instanceof errors.JOSEError ? error.code : 'not a token' });
    }
  }

  async #fetch(address: string, init: Parameters<typeof fetch>[1]): Promise<Response> {
    if (performance.now() - this.#failedAt < retryMs) throw new Error('the last try failed a moment ago');
    try {
      const response = await fetch(address, { ...init, redirect: 'manual' });
      const body = await readBounded(response, maxBytes);
      if (response.status !== 200) throw new Error(`the identity service answered ${response.status}`);
      return Response.json(KeySet.parse(JSON.parse(body)));
    } catch (error) {
      this.#failedAt = performance.now();
      throw error;
    }
  }
}

/** The set was there, and has no key for this token, or more than one that it may mean. */
const isOfToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported;

/** The claims of OpenID Connect (Core 1.0 §5.1). An address that the service says is not verified is nobody's. */
const profileOf = ({ preferred_username: username, email, email_verified: verified, name: displayName }: JWTPayload) =>
  toProfile({ username, email: verified === false ? undefined : email, displayName });
