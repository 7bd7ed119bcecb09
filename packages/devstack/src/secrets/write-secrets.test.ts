import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  generateKey,
  generateSealKeys,
  intakeEnv,
  keyRingSchema,
  optional,
  readEnv,
  signAccessToken,
  tokenEnv,
  tokenOptions,
  verifyAccessToken,
} from '@storm/shared/node';
import { newSessionId, newUserId } from '@storm/shared/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { filesOf, secretsEnv, storedSecrets } from './catalogue.js';
import { BadSecret } from './secret-store.js';
import { parseTokenAlgorithms } from './token-files.js';
import { writeSecrets } from './write-secrets.js';

const apiTokens = z.object({ ...tokenEnv, TOKEN_SIGNING_KEYS: optional(keyRingSchema) });
const claims = { sub: newUserId(), sid: newSessionId(), role: 'member' as const, ver: 0 };

let dir: string;
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'storm-secrets-'))));
afterEach(() => rm(dir, { recursive: true }));

const read = async (path: string) => (await readFile(join(dir, path), 'utf8')).trim();
const mode = async (path: string) => ((await stat(join(dir, path))).mode & 0o777).toString(8);
async function everything() {
  const paths = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const entries = paths.map(async (entry) => {
    const path = join(entry.parentPath, entry.name).slice(dir.length + 1);
    return [path, await read(path)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function give(name: string, text: string) {
  await mkdir(join(dir, 'store'), { recursive: true });
  await writeFile(join(dir, 'store', name), text);
}

it('gives every holder its own files and no others', async () => {
  await writeSecrets(dir);
  for (const [holder, files] of Object.entries(filesOf))
    expect((await readdir(join(dir, holder))).sort()).toEqual([...files].sort());
});

it('keeps the keys of history from api and gateway', async () => {
  await writeSecrets(dir);
  const {
    'store/master_keys': master,
    'store/seal_private_keys': seal,
    'store/event_secrets': event,
    ...files
  } = await everything();
  const holdersOf = (secret: string | undefined) => Object.keys(files).filter((path) => secret && files[path]?.includes(secret));
  expect(holdersOf(master)).toEqual(['worker/master_keys']);
  expect(holdersOf(seal)).toEqual(['worker/seal_private_keys']);
  expect(holdersOf(event).sort()).toEqual(['gateway/event_secrets', 'worker/event_secrets']);
});

it('changes nothing when it runs again', async () => {
  await writeSecrets(dir);
  const before = await everything();
  await writeSecrets(dir);
  expect(await everything()).toEqual(before);
});

it('makes one set of secrets when two run at once', async () => {
  await Promise.all([writeSecrets(dir), writeSecrets(dir), writeSecrets(dir)]);
  const files = await everything();
  for (const name of ['token_keys', 'intake_secrets']) expect(files[`api/${name}`]).toBe(files[`store/${name}`]);
  expect(files['worker/seal_private_keys']).toBe(files['store/seal_private_keys']);
  expect(Object.keys(files)).toHaveLength(storedSecrets.length + Object.values(filesOf).flat().length);
});

it('lets only the owner read the store, and the group a copy', async () => {
  await writeSecrets(dir);
  expect(await mode('store')).toBe('700');
  expect(await mode('store/master_keys')).toBe('600');
  expect(await mode('worker/master_keys')).toBe('440');
});

it('hands out what was given, and new keys of it at the next run', async () => {
  const [old, fresh] = [generateKey('old'), generateKey('new')];
  await give('token_keys', `${old}\n`);
  await writeSecrets(dir);
  expect(await read('api/token_keys')).toBe(old);
  await give('token_keys', `${fresh},${old}`);
  await writeSecrets(dir);
  expect(await read('gateway/token_keys')).toBe(`${fresh},${old}`);
});

it('derives the public seal keys from the private ones', async () => {
  const [first, second] = [await generateSealKeys('a'), await generateSealKeys('b')];
  await give('seal_private_keys', `${first.privateRing},${second.privateRing}`);
  await writeSecrets(dir);
  expect(await read('api/seal_public_keys')).toBe(`${first.publicRing},${second.publicRing}`);
});

describe('the files for access tokens', () => {
  const held = async () => {
    const paths = [
      'api/token_keys',
      'api/token_signing_keys',
      'api/token_public_keys',
      'gateway/token_keys',
      'gateway/token_public_keys',
    ];
    const files = await everything();
    return paths.filter((path) => files[path] !== '');
  };

  it.each([
    ['hs256', ['api/token_keys', 'gateway/token_keys']],
    ['hs256,eddsa', ['api/token_keys', 'api/token_public_keys', 'gateway/token_keys', 'gateway/token_public_keys']],
    [
      'eddsa, hs256',
      ['api/token_keys', 'api/token_signing_keys', 'api/token_public_keys', 'gateway/token_keys', 'gateway/token_public_keys'],
    ],
    ['eddsa', ['api/token_signing_keys', 'api/token_public_keys', 'gateway/token_public_keys']],
  ])('hold with %s what each needs, and are empty otherwise', async (text, paths) => {
    await writeSecrets(dir, { tokens: ['hs256', 'eddsa'] });
    await writeSecrets(dir, { tokens: parseTokenAlgorithms(text) });
    expect(await held()).toEqual(paths);
  });

  it('leave a gateway nothing that signs, anywhere in its folder', async () => {
    await writeSecrets(dir);
    await writeSecrets(dir, { tokens: ['eddsa'] });
    const { 'store/token_keys': secret = '', 'store/token_signing_keys': seed = '', ...files } = await everything();
    const gateway = Object.entries(files).flatMap(([path, text]) => (path.startsWith('gateway/') ? [text] : []));
    expect(gateway.length).toBe(filesOf.gateway.length);
    for (const text of gateway) for (const ring of [secret, seed]) expect(text).not.toContain(ring.slice(3));
    const config = readEnv(z.object(tokenEnv), secretsEnv('gateway', join(dir, 'gateway')));
    const api = readEnv(apiTokens, secretsEnv('api', join(dir, 'api')));
    const token = signAccessToken(claims, 60, tokenOptions(api));
    expect(verifyAccessToken(token, tokenOptions(config))).toMatchObject(claims);
    expect(tokenOptions(config).keys.signer).toBeUndefined();
  });

  it('change step by step so that nobody is signed out: what one of two steps signs, the other verifies', async () => {
    const step = async (tokens: string) => {
      await writeSecrets(dir, { tokens: parseTokenAlgorithms(tokens) });
      const [api, gateway] = [
        readEnv(apiTokens, secretsEnv('api', join(dir, 'api'))),
        readEnv(z.object(tokenEnv), secretsEnv('gateway', join(dir, 'gateway'))),
      ];
      return { token: signAccessToken(claims, 60, tokenOptions(api)), verifiers: [api, gateway].map((env) => tokenOptions(env)) };
    };
    const steps = [await step('hs256'), await step('hs256,eddsa'), await step('eddsa,hs256'), await step('eddsa')];
    const holds = (token: string, of: (typeof steps)[number]) =>
      of.verifiers.map((options) => {
        try {
          return verifyAccessToken(token, options).sub === claims.sub;
        } catch {
          return false;
        }
      });
    steps.slice(1).forEach((next, i) => {
      const before = steps[i] ?? next;
      expect([...holds(before.token, next), ...holds(next.token, before)]).toEqual([true, true, true, true]);
    });
    const [first, , , last] = steps;
    if (first && last) expect([...holds(first.token, last), ...holds(last.token, first)]).toEqual([false, false, false, false]);
  });

  it.each(['', 'rs256', 'hs256,', 'eddsa,eddsa', 'hs256 eddsa'])('are not made for %j', (text) => {
    expect(() => parseTokenAlgorithms(text)).toThrow(BadSecret);
  });

  it('are made by a command too', async () => {
    const command = fileURLToPath(new URL('../../dist/secrets/make-token-keys.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [command, 'e7']);
    const env = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/, 2)) as [string, string][],
    );
    const { TOKEN_SIGNING_KEYS, TOKEN_PUBLIC_KEYS, ...issuer } = readEnv(apiTokens, env);
    const token = signAccessToken(claims, 60, tokenOptions({ TOKEN_SIGNING_KEYS, ...issuer }));
    expect(verifyAccessToken(token, tokenOptions({ TOKEN_PUBLIC_KEYS, ...issuer }))).toMatchObject(claims);
    await expect(promisify(execFile)(process.execPath, [command, 'no id!'])).rejects.toMatchObject({ code: 1 });
  });
});

it('composes URLs that any password survives', async () => {
  const password = 'p@ss/w:rd #1"\\';
  await give('redis_password', password);
  await give('mongo_password', password);
  await writeSecrets(dir, { redisHost: 'localhost:1' });
  const [redis, mongo] = [new URL(await read('api/redis_url')), new URL(await read('worker/mongo_url'))];
  expect([redis.host, decodeURIComponent(redis.password)]).toEqual(['localhost:1', password]);
  expect([mongo.host, decodeURIComponent(mongo.password)]).toEqual(['mongo:27017', password]);
  expect(await read('redis/redis.conf')).toBe('requirepass "p@ss/w:rd #1\\"\\\\"');
});

it('hands out a given URL of a Redis or MongoDB elsewhere', async () => {
  await give('mongo_url', 'mongodb+srv://someone:secret@cluster.example');
  await writeSecrets(dir);
  expect(await read('api/mongo_url')).toBe('mongodb+srv://someone:secret@cluster.example');
});

it.each([
  ['token_keys', 'not a ring', /^token_keys: key 1 of the ring/],
  ['master_keys', '', /^master_keys: the file is empty/],
  ['event_secrets', 'k1:c2hvcnQ', /^event_secrets: key 1 of the ring has 5 bytes/],
])('refuses a %s that is none, and does not show it', async (name, text, message) => {
  await give(name, text);
  const error: unknown = await writeSecrets(dir).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(BadSecret);
  expect((error as Error).message).toMatch(message);
  if (text) expect((error as Error).message).not.toContain(text);
});

it('refuses what is no file', async () => {
  await mkdir(join(dir, 'store', 'token_keys'), { recursive: true });
  await expect(writeSecrets(dir)).rejects.toThrow("token_keys: can't read the file (EISDIR)");
});

it('says where a service finds its files, and the service can read them', async () => {
  await writeSecrets(dir);
  const env = secretsEnv('gateway', join(dir, 'gateway'));
  expect(Object.keys(env)).toEqual(filesOf.gateway.map((file) => `${file.toUpperCase()}_FILE`));
  const { SEAL_PUBLIC_KEYS, TOKEN_KEYS } = readEnv(z.object({ ...tokenEnv, ...intakeEnv }), env);
  expect([SEAL_PUBLIC_KEYS.kids, TOKEN_KEYS?.kids]).toEqual([['k1'], ['k1']]);
});
