import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EnvError, readEnv } from '../../env/read-env.js';
import { tokenEnv } from '../../env/sections.js';
import { JwksSource } from './jwks-source.js';
import { checkOutside, outsideEnv } from './outside-env.js';
import { outsideSource } from './outside-source.js';
import { ProfileSource } from './profile-source.js';

const schema = z.object({ ...tokenEnv, ...outsideEnv }).superRefine(checkOutside);
const read = (env: Record<string, string>) => readEnv(schema, env);
const jwks = { OUTSIDE_JWKS_URL: 'https://id.example.org/keys', OUTSIDE_ISSUER: 'https://id', OUTSIDE_AUDIENCE: 'chat' };
const profile = { OUTSIDE_PROFILE_URL: 'https://id.example.org/me' };

describe('an identity service', () => {
  it('is believed where one is configured', () => {
    expect(outsideSource(read({}))).toBeUndefined();
    expect(outsideSource(read(jwks))).toBeInstanceOf(JwksSource);
    expect(outsideSource(read({ ...profile, OUTSIDE_COOKIES: 'sid, sid.sig' }))).toBeInstanceOf(ProfileSource);
  });

  it('may be asked over plain HTTP on this machine, elsewhere where that is wished for', () => {
    for (const host of ['localhost:8080', '127.0.0.1', '127.0.3.4', '[::1]:1'])
      read({ OUTSIDE_PROFILE_URL: `http://${host}/me` });
    const elsewhere = { OUTSIDE_PROFILE_URL: 'http://id.internal/me' };
    expect(() => read(elsewhere)).toThrow('OUTSIDE_PROFILE_URL: must begin with https://');
    read({ ...elsewhere, OUTSIDE_PLAIN_HTTP: 'on' });
  });

  it.each([
    [{ ...jwks, ...profile }, 'set one of them'],
    [{ OUTSIDE_JWKS_URL: jwks.OUTSIDE_JWKS_URL, OUTSIDE_ISSUER: 'x' }, 'OUTSIDE_ISSUER and OUTSIDE_AUDIENCE'],
    [{ ...jwks, OUTSIDE_ISSUER: 'storm' }, 'OUTSIDE_ISSUER: must differ from TOKEN_ISSUER'],
    [{ ...jwks, OUTSIDE_COOKIES: 'sid' }, 'OUTSIDE_COOKIES: only with OUTSIDE_PROFILE_URL'],
    [{ ...profile, OUTSIDE_COOKIES: 'storm_access' }, 'OUTSIDE_COOKIES'],
    [{ ...profile, OUTSIDE_COOKIES: 'a b' }, 'OUTSIDE_COOKIES'],
    [{ OUTSIDE_PROFILE_URL: 'file:///etc/passwd' }, 'OUTSIDE_PROFILE_URL'],
    [{ OUTSIDE_PROFILE_URL: 'http://127.0.0.1.example.org/' }, 'OUTSIDE_PROFILE_URL'],
  ])('is not taken from %j', (env, message) => {
    expect(() => read(env)).toThrow(EnvError);
    expect(() => read(env)).toThrow(message);
  });
});
