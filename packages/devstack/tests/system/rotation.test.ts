import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { generateKey, generateSealKeys } from '@storm/shared/node';
import { SignedIn, Tokens } from '@storm/shared/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Socket } from '../../src/clients/socket.js';
import type { Person } from '../../src/scenario/cast.js';
import { secretsEnv, writeSecrets } from '../../src/secrets/index.js';
import type { Service } from '../../src/stack/index.js';
import { eventually } from '../../src/testing/index.js';
import { makeChannel } from './support/crowd.js';
import { draft, readHistory, storeByRest } from './support/messages.js';
import { enrol, signIn } from './support/second-factor.js';
import { startSystem, type System } from './support/system.js';
import { Talker } from './support/talker.js';

type Signed = Person & { refreshToken: string };
/** What is in the store beside passwords. */
const rings = [
  'token_keys',
  'refresh_keys',
  'audit_keys',
  'totp_keys',
  'seal_private_keys',
  'intake_secrets',
  'event_secrets',
  'master_keys',
] as const;
type Ring = (typeof rings)[number];

let system: System;
let people: Signed[];
let channelId: string;
let talkers: Talker[];
let secrets: string;

beforeAll(async () => {
  system = await startSystem({ apis: 2, workers: 2, gateways: 2, env: () => ({ DRAIN_MS: '200' }) });
  secrets = join(dirname(system.stack.description.logs), 'secrets');
  people = await Promise.all(['ann', 'bob', 'cat', 'dan'].map(signUp));
  const [owner, ...others] = people;
  if (!owner) throw new Error('nobody there');
  channelId = (await makeChannel({ name: 'keys', owner, others })).id;
  talkers = others.map((person, i) => new Talker({ system, person, channelId, way: i % 2 ? 'rest' : 'socket', home: i % 2 }));
}, 240_000);
afterAll(async () => {
  await Promise.allSettled((talkers ?? []).map((talker) => talker.end()));
  await system?.stop();
});

it('every key is replaced while people talk: nothing is refused for good, nothing is lost, all stays readable', async () => {
  const fresh = Object.fromEntries(await Promise.all(rings.map(async (ring) => [ring, await freshKey(ring)]))) as Record<
    Ring,
    string
  >;
  const [owner] = people;
  if (!owner) throw new Error('nobody there');
  const recoveryCodes = await enrol(system.api(0).as(owner.accessToken));
  const first = await storeByRest(system.api(0).as(owner.accessToken), draft(channelId, 'under the old keys'));

  await handOut((old, ring) => `${old},${fresh[ring]}`); // everyone knows the new one
  await handOut((both, ring) => `${fresh[ring]},${both.slice(0, both.length - fresh[ring].length - 1)}`); // everyone uses it
  await rewrap();
  await Promise.all(people.map(signInAnew));
  // Nobody knows the old one, but for that of the audit log, which verifies what was made with it.
  await handOut((both, ring) => (ring === 'audit_keys' ? both : fresh[ring]));

  const known = (ring: Ring) => readFileSync(join(secrets, 'store', ring), 'utf8');
  expect(rings.filter((ring) => known(ring).includes('k1:'))).toEqual(['audit_keys']);
  await talk(3);
  await Promise.all(talkers.map((talker) => talker.end()));
  const rest = system.api(1).as(owner.accessToken);
  await storeByRest(rest, draft(channelId, 'under the new keys'));
  const history = await readHistory(rest, channelId);
  expect(history.map(({ position }) => position)).toEqual(history.map((_, i) => i + 1));
  expect(history.find(({ id }) => id === first.id)?.text).toBe('under the old keys');
  expect(history.filter(({ text }) => text === null)).toEqual([]);
  for (const { senderId, queued } of talkers) {
    const said = history.filter((message) => message.senderId === senderId).map(({ messageId }) => messageId);
    expect(said).toEqual(queued.map(({ messageId }) => messageId));
  }
  await Promise.all(people.map(signInAnew));
  const api = { rest: system.api(1), url: system.stack.description.api[1] ?? '' };
  await signIn(api, { username: owner.username, password: passwordOf('ann'), code: recoveryCodes[0] ?? '' });
  expect(await run('api', 'verify-audit')).toMatch(/^intact: \d+ entries/);
  const { socket } = await Socket.connect(system.gateway(0), owner.accessToken);
  await socket.close();
}, 240_000);

const passwordOf = (name: string): string => `Turning-keys-7!${name}`;

async function signUp(name: string): Promise<Signed> {
  const username = `${name}_${system.database.slice(-6)}`;
  const body = { username, email: `${username}@example.org`, password: passwordOf(name) };
  const api = system.api(0);
  const { data } = await api.call(SignedIn, 'POST', '/auth/register', { body });
  const { user, accessToken, refreshToken } = data;
  return { id: user.id, username, accessToken, refreshToken, rest: api.as(accessToken) };
}

/** As clients do when their access token has ended. */
async function signInAnew(person: Signed): Promise<void> {
  const body = { refreshToken: person.refreshToken };
  const { data } = await system.api(1).call(Tokens, 'POST', '/auth/refresh', { body });
  Object.assign(person, { accessToken: data.accessToken, refreshToken: data.refreshToken });
}

const freshKey = async (ring: Ring) =>
  ring === 'seal_private_keys' ? (await generateSealKeys('k2')).privateRing : generateKey('k2');

/** Changes each ring in the store, gives it to its holders, and starts the services again, half of them at a time. */
async function handOut(change: (old: string, ring: Ring) => string): Promise<void> {
  for (const ring of rings) {
    const file = join(secrets, 'store', ring);
    writeFileSync(file, change(readFileSync(file, 'utf8').trim(), ring));
  }
  await writeSecrets(secrets);
  const { worker, api, gateway } = system.stack.services;
  for (const half of [0, 1]) {
    await Promise.all([worker[half], api[half], gateway[half]].map(restart));
    await talk(2);
  }
}

async function restart(service: Service | undefined): Promise<void> {
  await service?.process.stop();
  await service?.process.start();
}

/** Everyone gets so many more messages acknowledged. */
async function talk(more: number): Promise<void> {
  const goals = talkers.map(({ queued }) => queued.length + more);
  const heard = () => talkers.every(({ queued }, i) => queued.length >= (goals[i] ?? 0));
  await eventually(heard, { timeoutMs: 30_000, what: 'everyone to be heard' });
}

async function rewrap(): Promise<void> {
  expect(await run('worker', 'rewrap-keys')).toMatch(/^\d+ data keys are wrapped under k2 now/);
}

/** A command of a service, with its environment; what it prints. */
async function run(service: 'api' | 'worker', command: string): Promise<string> {
  const program = fileURLToPath(new URL(`../../../${service}/dist/cli/${command}.js`, import.meta.url));
  const place = {
    STORM_NAMESPACE: system.namespace,
    MONGO_DATABASE: system.database,
    REDIS_URL: system.redisUrl,
    MONGO_URL: system.mongoUrl,
  };
  const env = { ...process.env, ...secretsEnv(service, join(secrets, service)), ...place };
  return (await promisify(execFile)(process.execPath, [program], { env })).stdout;
}
