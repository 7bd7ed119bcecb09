import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generateKey, keyRingSchema } from '../crypto/index.js';
import { EnvError, readEnv } from './read-env.js';
import { commonEnv, integer, intakeEnv, list, mongoEnv, tokenEnv } from './sections.js';

const dir = mkdtempSync(join(tmpdir(), 'storm-env-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(content: string): string {
  const path = join(dir, `${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

const schema = z.object({ URL: z.url(), NAME: z.string().min(3).default('storm'), COUNT: integer(5, { max: 10 }) });

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

describe('the environment', () => {
  it('is read by its schema, and nothing else of it', () => {
    const env = { URL: 'http://x/', COUNT: '7', PATH: '/bin' };
    expect(readEnv(schema, env)).toEqual({ URL: 'http://x/', NAME: 'storm', COUNT: 7 });
  });

  it('counts an empty value as none', () => {
    expect(readEnv(schema, { URL: 'http://x/', NAME: '', COUNT: '' })).toMatchObject({ NAME: 'storm', COUNT: 5 });
    expect(messageOf(() => readEnv(schema, { URL: '' }))).toBe('URL: is missing');
  });

  it('is read from mounted files, without the line break at their end', () => {
    expect(readEnv(schema, { URL_FILE: file('http://secret/\n'), COUNT_FILE: file(' 3 ') })).toMatchObject({
      URL: 'http://secret/',
      COUNT: 3,
    });
  });

  it('prefers the value to the file, and takes an empty file for none', () => {
    expect(readEnv(schema, { URL: 'http://value/', URL_FILE: '/nowhere' }).URL).toBe('http://value/');
    expect(messageOf(() => readEnv(schema, { URL_FILE: file('\n') }))).toBe('URL: is missing');
  });
});

describe('a wrong environment', () => {
  it('is told in one line that names every variable that is wrong', () => {
    const message = messageOf(() => readEnv(schema, { NAME: 'x', COUNT: '11' }));
    expect(message).toMatch(/^URL: is missing; NAME: .*; COUNT: .*$/);
  });

  it('names a file that can not be read by its variable', () => {
    expect(messageOf(() => readEnv(schema, { URL_FILE: join(dir, 'nothing') }))).toBe("URL_FILE: can't read the file (ENOENT)");
    expect(messageOf(() => readEnv(schema, { URL_FILE: dir }))).toBe("URL_FILE: can't read the file (EISDIR)");
  });

  it('says what is missing, of whatever type it is', () => {
    const all = z.object({ A: z.enum(['x']), B: z.coerce.number(), C: keyRingSchema, D: z.stringbool() });
    expect(messageOf(() => readEnv(all, {}))).toBe('A: is missing; B: is missing; C: is missing; D: is missing');
  });

  it('says what is wrong with the variables as a whole', () => {
    const either = schema.refine(() => false, 'these two do not go together');
    expect(messageOf(() => readEnv(either, { URL: 'http://x/' }))).toBe('these two do not go together');
  });

  it('never shows a value', () => {
    const canary = 'Canary77';
    const everything = z.object({ ...commonEnv, ...mongoEnv, ...tokenEnv, ...intakeEnv });
    const names = Object.keys(everything.shape);
    const inline = Object.fromEntries(names.map((name) => [name, `${canary} ${name === 'TOKEN_KEYS' ? `k:${canary}` : '!'}`]));
    const message = messageOf(() => readEnv(everything, inline));
    expect(message).not.toContain(canary);
    expect(message).not.toContain('\n');
    for (const name of names)
      if (!['HOST', 'TOKEN_ISSUER', 'TOKEN_AUDIENCE'].includes(name)) expect(message).toContain(`${name}: `);

    const files = Object.fromEntries(names.map((name) => [`${name}_FILE`, file(canary)]));
    expect(messageOf(() => readEnv(everything, files))).not.toContain(canary);
  });
});

describe('sections', () => {
  const read = <T extends z.ZodType>(type: T, value: string) =>
    (readEnv(z.object({ X: type }), { X: value }) as { X: z.infer<T> }).X;

  it.each(['1e3', '0x10', '-1', '1.5', ' ', 'ten', '99999999999999999', '6'])('take %j for no integer up to 5', (text) => {
    expect(() => read(integer(1, { max: 5 }), text)).toThrow(EnvError);
  });

  it('take integers within their bounds', () => {
    expect([read(integer(1, { min: 2, max: 5 }), '2'), read(integer(1, { max: 5 }), '0'), read(integer(1), '05')]).toEqual([
      2, 0, 5,
    ]);
  });

  it('split lists at commas', () => {
    expect(read(list, ' https://a, https://b ,,')).toEqual(['https://a', 'https://b']);
    expect(readEnv(z.object({ X: list }), {})).toEqual({ X: [] });
  });

  it.each([
    'mongodb://mongo:27017',
    'mongodb://user:pass%21@a:27017,b:27017,c:27018/storm?replicaSet=rs0&w=majority',
    'mongodb+srv://cluster.example.org/storm',
  ])('take %s for a MongoDB', (url) => {
    expect(read(mongoEnv.MONGO_URL, url)).toBe(url);
  });

  it.each(['redis://localhost', 'http://mongodb://', 'mongodb://', 'mongodb://a b'])('take %s for none', (url) => {
    expect(() => read(mongoEnv.MONGO_URL, url)).toThrow('X: must begin with mongodb');
  });

  it.each([
    ['redis://redis:6379', true],
    ['rediss://:secret@redis.example.org:6380/2', true],
    ['http://redis', false],
    ['redis', false],
  ])('take %s for a Redis: %s', (url, fine) => {
    expect(commonEnv.REDIS_URL.safeParse(url).success).toBe(fine);
  });

  it('have a default for whatever is no address and no secret', () => {
    const everything = z.object({ ...commonEnv, ...mongoEnv, ...tokenEnv, ...intakeEnv });
    const env = readEnv(everything, {
      REDIS_URL: 'redis://localhost',
      MONGO_URL: 'mongodb://localhost',
      TOKEN_KEYS: generateKey('t'),
      SEAL_PUBLIC_KEYS: generateKey('s'),
      INTAKE_SECRETS: generateKey('i'),
    });
    expect(env).toMatchObject({
      LOG_LEVEL: 'info',
      QUEUE_SHARDS: 16,
      STORM_NAMESPACE: 'storm',
      INTAKE_REFUSE_MEMORY_PERCENT: 60,
    });
    expect(env.INTAKE_SLOW_DEPTH).toBeLessThan(env.INTAKE_REFUSE_DEPTH);
    expect(env.INTAKE_SLOW_AGE_MS).toBeLessThan(env.INTAKE_REFUSE_AGE_MS);
  });
});
