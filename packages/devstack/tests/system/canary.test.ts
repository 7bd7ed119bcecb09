import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageState } from '@storm/shared/protocol';
import { Channel, Message, SignedIn, Tokens, WsTicket } from '@storm/shared/protocol';
import { Redis } from 'ioredis';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Refused } from '../../src/clients/rest.js';
import { Socket } from '../../src/clients/socket.js';
import { temporaryDirectory } from '../../src/process/temporary-directory.js';
import { startRedis, type RedisServer } from '../../src/redis/index.js';
import { eventually } from '../../src/testing/index.js';
import { makeChannel } from './support/crowd.js';
import { draft, queueByRest, queueBySocket, readHistory, storeByRest, type Draft } from './support/messages.js';
import { collections, filesIn, monitor, redisFiles, redisKeys, rewriteAof, type Monitor, type Place } from './support/places.js';
import { report, seconds } from './support/report.js';
import { search } from './support/search.js';
import { startSystem, type System } from './support/system.js';
import { spoilWaitingEntry } from './support/spoil.js';

const random = (length: number) => randomBytes(length).toString('hex').slice(0, length);
/** In every message. What needs escaping is beside it, so that escaped forms differ. */
const core = `canary${random(16)}`;
const text = `"${core}" \\ sang\n\tläuft`;
/** Short enough to be whole in what JSON.parse quotes of a text that is none. */
const fragment = `q${random(7)}`;
const description = `described ${random(16)}`;
const password = () => `Aa1!${random(20)}`;

const directory = temporaryDirectory();
const redisDir = join(directory.path, 'redis');
let server: RedisServer;
let system: System;
let redis: Redis;
let watch: Monitor;
const places: Place[] = [];
const secrets = new Map<string, string | Buffer>();
const began = performance.now();

interface Someone {
  id: string;
  rest: ReturnType<System['api']>;
  username: string;
  accessToken: string;
  password: string;
  socket: Socket;
}

beforeAll(async () => {
  const config = { rdbcompression: 'no', 'auto-aof-rewrite-percentage': '0' };
  server = await startRedis({ dir: redisDir, config });
  redis = new Redis(server.url);
  watch = await monitor(redis);
  system = await startSystem({ redisUrl: server.url, env: () => ({ LOG_LEVEL: 'debug' }) });
  await live();
}, 150_000);

afterAll(async () => {
  watch?.close();
  await system?.stop();
  redis?.disconnect();
  await server?.stop();
  directory.remove();
});

it('finds in every place what is there in clear, by the search that follows', () => {
  const blind = places.flatMap(({ name, bytes, controls }) =>
    controls.filter((control) => search(bytes, control).length === 0).map((control) => `${name}: ${control}`),
  );
  expect(blind).toEqual([]);
  expect(places.flatMap(({ name, controls }) => (controls.length === 0 ? [name] : []))).toEqual([]);
});

it('finds no text of a message in any place, in any form', () => {
  expect(traces(new Map([core, text, fragment].map((needle) => [needle, needle])))).toEqual([]);
});

it('finds no password, token, ticket or key in any place, in any form', () => {
  expect(secrets.size).toBeGreaterThan(15);
  expect(traces(secrets)).toEqual([]);
  const bytes = places.reduce((sum, place) => sum + place.bytes.length, 0);
  report(
    `canary: ${places.length} places of ${(bytes / 1e6).toFixed(1)} MB searched for text and ${secrets.size} secrets, ` +
      `${seconds(performance.now() - began)} s in all`,
  );
});

/** Where the needles are and in what form; a needle is told by its name. */
const traces = (needles: Map<string, string | Buffer>): string[] =>
  places.flatMap(({ name, bytes }) =>
    [...needles].flatMap(([what, needle]) => search(bytes, needle).map((form) => `${what} in ${name}, ${form}`)),
  );

/** All that may happen to a text, and then a look into every place. */
async function live(): Promise<void> {
  const [ann, bob] = [await signUp('ann', 0), await signUp('bob', 1)];
  const channel = await makeChannel({ name: 'aviary', description, owner: ann, others: [bob] });
  const channelId = channel.id;
  await Promise.all([ann, bob].map(({ socket }) => socket.next('channel.joined', ({ id }) => id === channelId)));

  const first = draft(channelId, text);
  const byRest = await storeByRest(ann.rest, first);
  const bySocket = await storeBySocket(bob, draft(channelId, text));
  await ann.socket.next('message.new', (message) => message.id === bySocket.id && message.text === text);
  await storeByRest(bob.rest, first);
  await storeByRest(bob.rest, { ...draft(channelId, text), threadId: byRest.id });
  await storeBySocket(ann, { ...draft(channelId, text), threadId: bySocket.id });
  await expect(storeByRest(ann.rest, { ...first, text: `${text}!` })).rejects.toMatchObject({ code: 'CONFLICT' });
  await eachIsDeleted([byRest, bySocket], ann, bob);
  const { data: dm } = await ann.rest.call(Channel, 'POST', '/dms', { body: { userId: bob.id } });
  await storeByRest(bob.rest, draft(dm.id, text));
  const { id } = await storeByRest(bob.rest, draft(channelId, 'to be edited'));
  await bob.rest.call(Message, 'PATCH', `/channels/${channelId}/messages/${id}`, { body: { text } });

  await badInput(ann, channelId);
  await waitsInTheQueue({ ann, bob, channelId });
  await questions(ann, channelId, byRest.id);
  await entersEveryWay(ann);
  readSecretFiles();
  await lookEverywhere(ann, channelId);
}

async function signUp(name: string, gateway: number): Promise<Someone> {
  const own = { username: `${name}_${random(8)}`, password: password() };
  const body = { ...own, email: `${own.username}@example.org` };
  const { data } = await system.api().call(SignedIn, 'POST', '/auth/register', { body });
  keep(`password of ${name}`, own.password);
  keepTokens(name, data);
  const { socket } = await Socket.connect(system.gateway(gateway), data.accessToken);
  return { ...own, id: data.user.id, rest: system.api().as(data.accessToken), accessToken: data.accessToken, socket };
}

async function storeBySocket({ socket }: Someone, message: Draft): Promise<MessageState> {
  await queueBySocket(socket, message);
  await socket.next('message.result', ({ messageId, status }) => messageId === message.messageId && status === 'persisted');
  return socket.next('message.new', ({ messageId }) => messageId === message.messageId);
}

async function eachIsDeleted([one, other]: [MessageState, MessageState], ann: Someone, bob: Someone): Promise<void> {
  await ann.rest.call(Message, 'DELETE', `/channels/${one.channelId}/messages/${one.id}`);
  const changeId = randomUUID();
  bob.socket.send('message.delete', { changeId, channelId: other.channelId, id: other.id });
  await bob.socket.next('message.result', (result) => result.changeId === changeId && result.status === 'persisted');
}

/** What is refused is not told to the logs either. */
async function badInput(ann: Someone, channelId: string): Promise<void> {
  const url = `${system.stack.description.api[0]}/api/v1/channels/${channelId}/messages`;
  const headers = { authorization: `Bearer ${ann.accessToken}`, 'content-type': 'application/json' };
  const answers: string[] = [];
  const bodies = [
    `{"text": ${fragment}}`,
    JSON.stringify({ ...draft(channelId, text), extra: text }),
    JSON.stringify({ messageId: text, text: { $ne: text }, clientTs: text }),
    JSON.stringify({ messageId: randomUUID(), text: text.padEnd(4_001, core), clientTs: 0 }),
  ];
  for (const body of bodies) {
    const answer = await fetch(url, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    answers.push(await answer.text());
  }
  places.push({ name: 'answers to bad input', bytes: Buffer.from(answers.join('\n')), controls: ['VALIDATION_ERROR'] });
  ann.socket.send('message.send', { channelId, text, extra: text });
  await ann.socket.next('error', ({ code }) => code === 'VALIDATION_ERROR');
  const wrong = { username: ann.username, password: keep('a wrong password', password()) };
  await expect(system.api().call(SignedIn, 'POST', '/auth/login', { body: wrong })).rejects.toThrow(Refused);
}

/** While no worker runs; one of what waits is spoilt and becomes a dead letter. */
async function waitsInTheQueue({ ann, bob, channelId }: { ann: Someone; bob: Someone; channelId: string }): Promise<void> {
  const worker = system.stack.services.worker[0]?.process;
  await worker?.stop();
  const [spoilt, ...whole] = [draft(channelId, text), draft(channelId, text), draft(channelId, text)];
  await queueByRest(ann.rest, spoilt);
  for (const message of whole) await queueBySocket(bob.socket, message);
  await spoilWaitingEntry(redis, spoilt.messageId);

  const waiting = await redisKeys(redis);
  const { rdb, aof } = await redisFiles(redis, redisDir);
  const controls = [channelId, spoilt.messageId];
  places.push({ name: 'keys of Redis while changes wait', bytes: waiting, controls });
  places.push({ name: 'RDB while changes wait', bytes: rdb, controls });
  places.push({ name: 'AOF while changes wait', bytes: aof, controls });

  await worker?.start();
  for (const { messageId } of whole) {
    await bob.socket.next('message.result', (result) => result.messageId === messageId && result.status === 'persisted', 30_000);
  }
}

async function questions(ann: Someone, channelId: string, id: string): Promise<void> {
  const history = await readHistory(ann.rest, channelId);
  expect(history.filter((message) => message.text === text).length).toBeGreaterThan(3);
  await ann.rest.call(Message, 'GET', `/channels/${channelId}/messages/${id}`);
  await ann.rest.call(z.looseObject({}), 'GET', `/channels/${channelId}/changes?since=0`);
  const { socket, ready } = await Socket.connect(system.gateway(1), ann.accessToken);
  socket.send('sync', { epoch: ready.epoch, channels: { [channelId]: 0 } });
  await socket.next('sync.done', (done) => done.channelId === channelId && done.complete);
  await socket.close();
}

/** Every way to say who one is, a wrong one too. */
async function entersEveryWay({ username, password: own, accessToken, rest }: Someone): Promise<void> {
  const { data: login } = await system.api().call(SignedIn, 'POST', '/auth/login', { body: { username, password: own } });
  keepTokens('a login', login);
  const body = { refreshToken: login.refreshToken };
  const { data: refreshed } = await system.api().call(Tokens, 'POST', '/auth/refresh', { body });
  keepTokens('a refresh', refreshed);

  const ticketed = await rest.call(WsTicket, 'POST', '/auth/ws-ticket');
  keep('a ticket', ticketed.data.ticket);
  const unused = await rest.call(WsTicket, 'POST', '/auth/ws-ticket');
  keep('a ticket not used', unused.data.ticket);
  const url = system.gateway(0);
  const byFrame = (payload: object) => JSON.stringify({ event: 'authenticate', payload });
  expect(await firstEvent(new WebSocket(url), byFrame({ ticket: ticketed.data.ticket }))).toBe('connection.ready');
  expect(await firstEvent(new WebSocket(`${url}?token=${accessToken}`))).toBe('connection.ready');
  const headers = { authorization: `Bearer ${accessToken}` };
  expect(await firstEvent(new WebSocket(url, { headers }))).toBe('connection.ready');
  const forged = `${accessToken.slice(0, accessToken.lastIndexOf('.'))}.${randomBytes(32).toString('base64url')}`;
  keepToken('a forged token', forged);
  expect(await firstEvent(new WebSocket(url), byFrame({ token: forged }))).toBe('4401');
  await expect(system.api().as(forged).call(z.unknown(), 'GET', '/users/me')).rejects.toThrow(Refused);
}

/** The first event that comes, or the code of the close. */
async function firstEvent(socket: WebSocket, frame?: string): Promise<string> {
  if (frame) socket.once('open', () => socket.send(frame));
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once('message', (data: Buffer) => resolve((JSON.parse(data.toString()) as { event: string }).event));
      socket.once('close', (code) => resolve(String(code)));
      socket.once('error', reject);
    });
  } finally {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    if (socket.readyState !== WebSocket.CLOSED) {
      socket.close();
      await closed;
    }
  }
}

/** The rings that the services were given. */
function readSecretFiles(): void {
  const folder = join(system.stack.description.logs, '../secrets/store');
  for (const name of readdirSync(folder)) {
    const content = readFileSync(join(folder, name), 'utf8').trim();
    for (const member of content.split(',')) {
      const key = member.slice(member.indexOf(':') + 1);
      secrets.set(name, name.endsWith('password') ? key : Buffer.from(key, 'base64url'));
    }
  }
}

async function lookEverywhere({ id: userId, username }: Someone, channelId: string): Promise<void> {
  const { mongoUrl, database, stack } = system;
  await eventually(async () => (await collections(mongoUrl, database)).has('deadletters'));
  const add = (name: string, bytes: Buffer, ...controls: string[]) => places.push({ name, bytes, controls });

  add('keys of Redis', await redisKeys(redis), channelId);
  const before = await redisFiles(redis, redisDir);
  add('RDB', before.rdb, channelId);
  add('AOF', before.aof, channelId);
  await rewriteAof(redis);
  add('AOF, rewritten', (await redisFiles(redis, redisDir)).aof, channelId);
  add('MONITOR', await watch.read(), channelId);
  watch.close();

  // Of collections that know no channel: what they have in clear.
  const controls: Record<string, string[]> = {
    channels: [channelId, description],
    timeline: [channelId, description],
    users: [userId, username],
    sessions: [userId],
    audit: [userId],
    meta: ['epoch'],
  };
  const found = await collections(mongoUrl, database);
  expect([...found.keys()]).toEqual(
    expect.arrayContaining(['channels', 'timeline', 'memberships', 'heads', 'channelkeys', 'deadletters', 'users', 'sessions']),
  );
  for (const [name, bytes] of found) add(`collection ${name}`, bytes, ...(controls[name] ?? [channelId]));

  const { logs, http } = stack.description;
  for (const service of ['api', 'gateway', 'worker']) {
    add(
      `logs of the ${service}`,
      filesIn(logs, (name) => name.startsWith(service)),
      channelId,
    );
  }
  add('log of Redis', readFileSync(server.logFile), 'Ready to accept connections');
  for (const url of Object.values(http).flat()) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    add(`metrics of ${url}`, Buffer.from(metrics), 'process_cpu_seconds_total');
  }
}

function keepTokens(of: string, { accessToken, refreshToken }: { accessToken: string; refreshToken: string }): void {
  keepToken(`access token of ${of}`, accessToken);
  keep(`refresh token of ${of}`, refreshToken);
}

/** What makes a token good is its signature: that alone must not show. */
function keepToken(name: string, token: string): void {
  keep(name, token.slice(token.lastIndexOf('.') + 1));
}

function keep(name: string, secret: string): string {
  secrets.set(name, secret);
  return secret;
}
