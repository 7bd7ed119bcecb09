import { EnvError, generateKey, generateSealKeys } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { readConfig } from './config.js';

const needed = async () => ({
  REDIS_URL: 'redis://127.0.0.1:6379',
  SEAL_PUBLIC_KEYS: (await generateSealKeys('s')).publicRing,
  INTAKE_SECRETS: generateKey('i'),
  EVENT_SECRETS: generateKey('e'),
  TOKEN_KEYS: generateKey('t'),
});

it('has a default for everything but addresses and keys', async () => {
  const config = readConfig(await needed());
  expect(config).toMatchObject({
    PORT: 3001,
    OUTBOX_HARD_BYTES: 1024 * 1024,
    HEARTBEAT_MS: 25_000,
    AUTHENTICATE_MS: 5_000,
    MAX_UNAUTHENTICATED_PER_ADDRESS: 20,
    MAX_CONNECTIONS_PER_USER: 20,
    FRAMES_PER_MINUTE: 300,
    TRUST_PROXY: 0,
    ALLOWED_ORIGINS: [],
    RATE_LIMITS: 'on',
  });
});

it('names what is missing, and shows no value', async () => {
  const env = await needed();
  const { EVENT_SECRETS: _, ...rest } = env;
  expect(() => readConfig(rest)).toThrow(new EnvError('EVENT_SECRETS: is missing'));
  expect(() => readConfig({ ...env, TOKEN_KEYS: 'secret-in-the-wrong-place' })).toThrow(/^TOKEN_KEYS: (?!.*secret)/);
});

it('needs something to verify tokens with, of either kind', async () => {
  const { TOKEN_KEYS, ...rest } = await needed();
  expect(() => readConfig(rest)).toThrow(/^TOKEN_KEYS or TOKEN_PUBLIC_KEYS is missing/);
  expect(readConfig({ ...rest, TOKEN_KEYS }).TOKEN_PUBLIC_KEYS).toBeUndefined();
  const { TOKEN_KEYS: secret, TOKEN_PUBLIC_KEYS } = readConfig({ ...rest, TOKEN_PUBLIC_KEYS: generateKey('p') });
  expect([secret, TOKEN_PUBLIC_KEYS?.kids]).toEqual([undefined, ['p']]);
});
