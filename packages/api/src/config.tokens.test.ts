import { generateKey, generateSealKeys } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { readConfig } from './config.js';

const others = async () => ({
  REDIS_URL: 'redis://127.0.0.1:6379',
  MONGO_URL: 'mongodb://127.0.0.1',
  SEAL_PUBLIC_KEYS: (await generateSealKeys('s')).publicRing,
  INTAKE_SECRETS: generateKey('i'),
  REFRESH_KEYS: generateKey('r'),
  AUDIT_KEYS: generateKey('a'),
  TOTP_KEYS: generateKey('o'),
});

it('needs something to sign tokens with, of either kind, and says so', async () => {
  const env = await others();
  expect(() => readConfig(env)).toThrow(/^TOKEN_KEYS or TOKEN_SIGNING_KEYS is missing/);
  expect(() => readConfig({ ...env, TOKEN_PUBLIC_KEYS: generateKey('p') })).toThrow(/^TOKEN_KEYS or TOKEN_SIGNING_KEYS/);
  expect(readConfig({ ...env, TOKEN_SIGNING_KEYS: generateKey('p') }).TOKEN_SIGNING_KEYS?.kids).toEqual(['p']);
});

it('refuses a public key that is not of the key that signs under its id', async () => {
  const env = { ...(await others()), TOKEN_SIGNING_KEYS: generateKey('p') };
  expect(() => readConfig({ ...env, TOKEN_PUBLIC_KEYS: generateKey('p') })).toThrow(
    'TOKEN_SIGNING_KEYS and TOKEN_PUBLIC_KEYS hold different keys under one key id',
  );
});
