import type { z } from 'zod';
import { tokenKeys, type KeyRing, type TokenKeys } from '../crypto/index.js';
import type { TokenOptions } from './access-token.js';

/** The variables that say how access tokens are signed and verified; the signing keys are the api's alone. */
export interface TokenConfig {
  TOKEN_KEYS?: KeyRing | undefined;
  TOKEN_PUBLIC_KEYS?: KeyRing | undefined;
  TOKEN_SIGNING_KEYS?: KeyRing | undefined;
  TOKEN_ISSUER: string;
  TOKEN_AUDIENCE: string;
}

const keysOf = (config: Omit<TokenConfig, 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE'>): TokenKeys =>
  tokenKeys({ secret: config.TOKEN_KEYS, signing: config.TOKEN_SIGNING_KEYS, public: config.TOKEN_PUBLIC_KEYS });

/** Ed25519 where its keys are given, HS256 where they are not; both verify while both are given. */
export const tokenOptions = (config: TokenConfig, now?: () => number): TokenOptions => ({
  keys: keysOf(config),
  issuer: config.TOKEN_ISSUER,
  audience: config.TOKEN_AUDIENCE,
  ...(now && { now }),
});

/** For the schema of who signs: an issue that names the variables when there is nothing to sign with, or keys contradict. */
export function checkSigner(config: TokenConfig, context: z.RefinementCtx): void {
  if (!config.TOKEN_KEYS && !config.TOKEN_SIGNING_KEYS)
    context.addIssue({
      code: 'custom',
      message: 'TOKEN_KEYS or TOKEN_SIGNING_KEYS is missing: access tokens are signed with one',
    });
  checkRings(config, context);
}

/** The same for the schema of who only verifies. */
export function checkVerifier(config: TokenConfig, context: z.RefinementCtx): void {
  if (!config.TOKEN_KEYS && !config.TOKEN_PUBLIC_KEYS)
    context.addIssue({
      code: 'custom',
      message: 'TOKEN_KEYS or TOKEN_PUBLIC_KEYS is missing: access tokens are verified with one',
    });
}

function checkRings(config: TokenConfig, context: z.RefinementCtx): void {
  try {
    keysOf(config);
  } catch {
    const message = 'TOKEN_SIGNING_KEYS and TOKEN_PUBLIC_KEYS hold different keys under one key id';
    context.addIssue({ code: 'custom', message });
  }
}
