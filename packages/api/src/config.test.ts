import { EnvError } from '@storm/shared/node';
import { beforeAll, expect, it } from 'vitest';
import { testEnv, type Env } from '../tests/support/api-config.js';
import { readConfig } from './config.js';

let env: Env;
beforeAll(async () => {
  env = await testEnv();
});

it('has a default for everything but addresses and keys', () => {
  const { PORT: _port, HOST: _host, ...rest } = env;
  expect(readConfig(rest)).toMatchObject({
    PORT: 3000,
    TRUST_PROXY: 0,
    CORS_ORIGINS: [],
    ACCESS_TOKEN_SECONDS: 900,
    REFRESH_TOKEN_SECONDS: 604_800,
  });
});

it.each(['REDIS_URL', 'MONGO_URL', 'REFRESH_KEYS', 'AUDIT_KEYS', 'TOTP_KEYS', 'SEAL_PUBLIC_KEYS', 'INTAKE_SECRETS'])(
  'names %s when it is missing',
  (name) => {
    const { [name]: _, ...rest } = env;
    expect(() => readConfig(rest)).toThrow(new EnvError(`${name}: is missing`));
  },
);

it('names both ways to sign tokens when there is none', () => {
  const { TOKEN_KEYS: _, ...rest } = env;
  expect(() => readConfig(rest)).toThrow('TOKEN_KEYS or TOKEN_SIGNING_KEYS is missing');
});

it('needs no key that opens a message', () => {
  const config = readConfig(env);
  for (const name of ['SEAL_PRIVATE_KEYS', 'EVENT_SECRETS', 'MASTER_KEYS']) expect(config).not.toHaveProperty(name);
});

it.each([
  ['1', 1],
  ['127.0.0.1, 10.0.0.0/8,::1', ['127.0.0.1', '10.0.0.0/8', '::1']],
])('trusts the proxies %s', (text, trusted) => {
  expect(readConfig({ ...env, TRUST_PROXY: text }).TRUST_PROXY).toEqual(trusted);
});

it.each(['true', 'all', '*', '-1', '1.5', '10.0.0.0/33', '10.0.0.1/8/8', '1,', 'localhost'])('refuses to trust %s', (text) => {
  expect(() => readConfig({ ...env, TRUST_PROXY: text })).toThrow(/^TRUST_PROXY: must be/);
});

it.each(['*', 'chat.example.org', 'https://chat.example.org/', 'https://a.example.org,null'])('refuses the origin %s', (text) => {
  expect(() => readConfig({ ...env, CORS_ORIGINS: text })).toThrow(/^CORS_ORIGINS: must be origins/);
});
