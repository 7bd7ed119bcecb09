import { JwksSource } from './jwks-source.js';
import type { OutsideConfig } from './outside-env.js';
import { ProfileSource } from './profile-source.js';
import type { IdentitySource } from './vouched.js';

/** The identity service that is configured; undefined when none is. */
export function outsideSource(config: OutsideConfig, { now }: { now?: () => number } = {}): IdentitySource | undefined {
  const { OUTSIDE_JWKS_URL: jwks, OUTSIDE_PROFILE_URL: profile, OUTSIDE_ISSUER: issuer, OUTSIDE_AUDIENCE: audience } = config;
  const options = { timeoutMs: config.OUTSIDE_TIMEOUT_MS, ...(now && { now }) };
  if (jwks !== undefined && issuer !== undefined && audience !== undefined)
    return new JwksSource({ url: new URL(jwks), issuer, audience, ...options });
  if (profile === undefined) return undefined;
  const url = new URL(profile);
  return new ProfileSource({ url, issuer: issuer ?? url.origin, ownIssuer: config.TOKEN_ISSUER, ...options });
}
