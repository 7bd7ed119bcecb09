import { randomUUID } from 'node:crypto';
import type { Channel, Message, User } from '@storm/shared/protocol';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../src/index.js';
import { bodyOf, dataOf, password, Rig, type Account } from './support/rig.js';
import { callOf, nameOf } from './support/valid-requests.js';

let rig: Rig;
let ann: Account;

beforeAll(async () => {
  rig = await Rig.start();
  ann = await rig.account('admin');
});
afterAll(() => rig.stop());

/** JSON that no browser takes for anything else. */
function expectInert({ headers, text }: Response, type = /^application\/json; charset=utf-8$/): void {
  expect(headers['content-type']).toMatch(type);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'content-security-policy': expect.stringContaining("default-src 'none'") as string,
  });
  if (String(headers['content-type']).includes('json')) JSON.parse(text);
}

describe('what somebody wrote', () => {
  it.each([
    ['a script', '<script>alert(document.cookie)</script>'],
    ['the end of an attribute', `"'><img src=x onerror=alert(1)>`],
    ['the end of a script', '</script><svg/onload=alert(1)><!--'],
    ['an entity', '&lt;b&gt; &#x3C;script&#x3E;'],
    ['an address of script', '[x](javascript:alert(1)) data:text/html,<b>'],
    ['a template', '{{7*7}} ${7*7} <%= 7*7 %> #{7*7}'],
    ['a text that runs the other way', '\u202Egpj.exe\u202C \u2067abc\u2069 \u061C'],
    ['what has no width', 'a\u200Bb\u200C\u200D\u2060c\u00AD\uFEFF.'],
    ['separators of lines', 'a\u2028b\u2029c\u0085d'],
    ['control characters', 'a\u0000b\u0007c\u001B[31md\u009Be'],
    ['a pile of marks', `Z${'\u0323\u0301'.repeat(20)}`],
    ['letters that look alike', 'раураl \u{1F468}\u200D\u{1F469} \u{E0001}'],
  ])('comes back as it was sent, as JSON: %s', async (_, text) => {
    const name = `${randomUUID().slice(0, 4)}${text}.`.slice(0, 64);
    const me = await rig.call('patch', '/users/me', ann).send({ displayName: text }).expect(200);
    expect(dataOf<User>(me).displayName).toBe(text);
    const made = await rig.call('post', '/channels', ann).send({ name, description: text }).expect(201);
    const { id } = dataOf<Channel>(made);
    const login = { username: ann.user.username, password, device: text };
    await rig.call('post', '/auth/login').send(login).expect(200);
    const message = await rig.say(ann, id, text);

    const read = async (path: string) => {
      const response = await rig.call('get', path, ann).expect(200);
      expectInert(response);
      return response;
    };
    expect(dataOf<Message>(await read(`/channels/${id}/messages/${message.id}`)).text).toBe(text);
    expect(dataOf<Message[]>(await read(`/channels/${id}/messages`)).map((each) => each.text)).toEqual([text]);
    expect(dataOf<{ messages: Message[] }>(await read(`/channels/${id}/changes?since=0`)).messages[0]?.text).toBe(text);
    expect(dataOf<Channel>(await read(`/channels/${id}`))).toMatchObject({ name, description: text });
    expect(dataOf<Channel[]>(await read('/channels?scope=public&limit=100')).find((each) => each.id === id)?.name).toBe(name);
    expect(dataOf<User>(await read(`/users/${ann.user.id}`)).displayName).toBe(text);
    expect(dataOf<User[]>(await read(`/users/search?q=${ann.user.username}`))[0]?.displayName).toBe(text);
    const devices = dataOf<{ device: string | null }[]>(await read('/auth/sessions')).map(({ device }) => device);
    expect(devices).toContain(text);
    for (const response of [me, made]) expectInert(response);
  });

  it('can be no name of a user', async () => {
    for (const username of ['<b>bob</b>', 'bob\u200B', '\u202Ebob', 'bоb'])
      expectInert(await rig.call('patch', '/users/me', ann).send({ username }).expect(400));
  });
});

describe('every answer', () => {
  it.each(operations.map((operation) => [nameOf(operation), operation] as const))(
    'of %s is inert: to nobody, to markup in its path, and to what is no request',
    async (_, operation) => {
      const markup = '<script>alert(1)</script>';
      const encoded = encodeURIComponent(markup);
      const params = Object.fromEntries(
        ['channelId', 'userId', 'messageId', 'sessionId', 'digest', 'keyId', 'emoji', 'notificationId'].map((id) => [
          id,
          encoded,
        ]),
      );
      const nobody = await callOf(operation, { params }, rig);
      expect(nobody.status).toBeGreaterThanOrEqual(400);
      const odd = await callOf(operation, { params, query: { [markup]: markup } }, rig, ann).set('x-request-id', markup);
      expect(odd.status).toBe(400);
      expect(JSON.stringify(odd.headers)).not.toContain('<script');
      for (const response of [nobody, odd]) expectInert(response);
    },
  );

  it('to what is no operation is inert, and repeats nothing of it', async () => {
    const markup = '<script>alert(1)</script>';
    const get = (path: string) => request(rig.url).get(path);
    for (const path of [
      `/api/v1/${encodeURIComponent(markup)}`,
      `/${markup}`,
      `/?q=${markup}`,
      '/api/v1/%ff',
      '/api/v1/users/%E0%A4%A',
    ]) {
      const response = await get(path);
      expect([400, 404]).toContain(response.status);
      expectInert(response);
      expect(response.text).not.toContain('script');
    }
    const bad = await rig.call('post', '/channels', ann).set('content-type', 'application/json').send(`{"name": ${markup}`);
    expectInert(bad);
    expect(bodyOf(bad).error).toEqual({ code: 'VALIDATION_ERROR', message: 'the body is not JSON' });
  });

  it('of the operators’ paths and the documentation is what it says it is', async () => {
    const get = (path: string) => request(rig.url).get(path).expect(200);
    for (const path of ['/health', '/readiness', '/api/v1/health', '/api/v1/readiness'])
      expectInert(await get(path), /^application\/json/);
    expectInert(await get('/metrics'), /^text\/plain/);
    expectInert(await get('/api/v1/openapi.json'));
    expectInert(await get('/api/v1/docs'), /^text\/html; charset=utf-8$/);
  });
});
