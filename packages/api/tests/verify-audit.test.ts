import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { testMongoUrl, uniqueDatabase } from '@storm/devstack/testing';
import { newUserId } from '@storm/shared/contracts';
import { generateKey, parseKeyRing } from '@storm/shared/node';
import { openStore } from '@storm/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditLog } from '../src/audit/audit-log.js';

const command = fileURLToPath(new URL('../dist/cli/verify-audit.js', import.meta.url));
const database = uniqueDatabase();
const key = generateKey('a1');
const store = openStore({ url: testMongoUrl(), database });

beforeAll(() => store.connected());
afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

/** Runs the command as an operator does. */
async function verify(args: string[] = [], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [command, ...args], {
    env: { MONGO_URL: testMongoUrl(), MONGO_DATABASE: database, AUDIT_KEYS: key, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [exit, out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code: exit[0] as number | null, out, err };
}

it('says where the log ends, and later whether that end is still there; and which entry is not as it was', async () => {
  const log = new AuditLog({ audit: store.audit, ring: parseKeyRing(key) });
  await Promise.all(Array.from({ length: 600 }, () => log.record({ actor: newUserId(), action: 'login' })));
  const { code, out } = await verify();
  expect(code).toBe(0);
  const [first, end = ''] = out.split('\n');
  expect(first).toBe('intact: 600 entries');
  expect(end).toMatch(/^600:[\w-]{43}$/);

  await log.record({ actor: null, action: 'login-failed' });
  expect((await verify(['--expect', end])).out).toMatch(/^intact: 601 entries\n601:/);

  await store.models.audit.collection.deleteMany({ _id: { $gte: 590 as never } });
  expect(await verify(['--expect', end])).toEqual({ code: 1, out: 'BROKEN: entry 590 is missing\n', err: '' });

  await store.models.audit.collection.updateOne({ _id: 550 as never }, { $set: { action: 'logout' } });
  expect(await verify()).toMatchObject({ code: 1, out: expect.stringContaining('BROKEN: entry 550 was altered') as string });
});

it.each([
  ['without its keys', [], { AUDIT_KEYS: '' }, 'AUDIT_KEYS: is missing'],
  ['with an end that is none', ['--expect', '600'], {}, '--expect: give what an earlier run printed'],
])('can not tell %s, and does not say that all is well', async (_why, args, env, message) => {
  const { code, out, err } = await verify(args, env);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
  expect(err).not.toContain(key.slice(3));
});
