import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseKeyRing, signAccessToken, tokenKeys, type TokenOptions } from '@storm/shared/node';
import { newSessionId, newUserId } from '@storm/shared/contracts';
import { User } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Socket } from '../../src/clients/socket.js';
import { register, type Person } from '../../src/scenario/cast.js';
import { startSystem, type System } from './support/system.js';

let system: System;
let ann: Person;
let secrets: string;
beforeAll(async () => {
  system = await startSystem({ gateways: 1, tokens: ['eddsa'] });
  secrets = join(dirname(system.stack.description.logs), 'secrets');
  ann = await register(system.api(), 'ann');
}, 120_000);
afterAll(() => system?.stop(), 60_000);

const secret = (path: string) => readFileSync(join(secrets, path), 'utf8').trim();
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({ sub: newUserId(), sid: newSessionId(), role: 'admin' as const, ver: 0 });
const issuer = { issuer: 'storm', audience: 'storm' };

it('the api signs, and a gateway that has no key to sign with takes its word', async () => {
  const [header = ''] = ann.accessToken.split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
  const { socket, ready } = await Socket.connect(system.gateway(0), ann.accessToken);
  expect(ready.userId).toBe(ann.id);
  await socket.close();
});

it.each<[string, () => string]>([
  [
    'HS256, with the text of the public key as its secret',
    () => {
      const [kid = '', text = ''] = secret('gateway/token_public_keys').split(':');
      const now = Math.floor(Date.now() / 1_000);
      const body = { ...claims(), iss: 'storm', aud: 'storm', iat: now, exp: now + 600 };
      const input = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${part(body)}`;
      return `${input}.${createHmac('sha256', text).update(input).digest('base64url')}`;
    },
  ],
  [
    'HS256, with the bytes of the public key as its secret',
    () => signed({ keys: tokenKeys({ secret: parseKeyRing(secret('gateway/token_public_keys')) }), ...issuer }),
  ],
  [
    'HS256, with the ring that is not in use any more',
    () => signed({ keys: tokenKeys({ secret: parseKeyRing(secret('store/token_keys')) }), ...issuer }),
  ],
  [
    'EdDSA, with a key of its own',
    () => signed({ keys: tokenKeys({ signing: parseKeyRing(secret('store/token_keys')) }), ...issuer }),
  ],
])('a token is refused: %s', async (_name, make) => {
  const token = make();
  const asked = system.api().as(token).call(User, 'GET', '/users/me');
  await expect(asked).rejects.toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  await expect(Socket.connect(system.gateway(0), token)).rejects.toThrow('closed the connection with 4401');
});

const signed = (options: TokenOptions) => signAccessToken(claims(), 600, options);

it('the process of a gateway holds nothing that signs, in its environment and its files', () => {
  const held = readdirSync(join(secrets, 'gateway')).map((file) => secret(`gateway/${file}`));
  const pids = process.platform === 'linux' ? system.stack.description.pids['gateway'] : [];
  for (const pid of pids ?? []) held.push(readFileSync(`/proc/${pid}/environ`, 'utf8'));
  const keys = ['token_keys', 'token_signing_keys'].map((name) => secret(`store/${name}`).replace(/^\w+:/, ''));
  expect(keys.map((key) => key.length)).toEqual([43, 43]);
  for (const text of held) for (const key of keys) expect(text).not.toContain(key);
  expect(held.join()).toContain(secret('api/token_public_keys')); // a search that finds nothing would prove nothing
});
