import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request, { type Response } from 'supertest';
import { Failure } from '@storm/shared/protocol';
import { z } from 'zod';
import { operations, type Operation } from '../src/index.js';
import { bodyOf, Rig, type Account } from './support/rig.js';
import { samples, type Sample } from './support/samples.js';

let rig: Rig;
let account: Account;
let all: Record<string, Sample>;

beforeAll(async () => {
  rig = await Rig.start();
  account = await rig.admin(); // may call everything, so that what is refused is refused for what it says
  const { id: channelId } = await rig.channel(account);
  const { id: messageId } = await rig.say(account, channelId, 'text');
  all = samples({ account, other: await rig.register(), channelId, messageId });
});
afterAll(async () => {
  expect((await request(rig.url).get('/readiness')).status).toBe(200);
  await rig.call('get', '/users/me', account).expect(200);
  await rig.stop();
});

const deep = JSON.parse('['.repeat(2_000) + ']'.repeat(2_000)) as unknown;
const long = 'x'.repeat(5_000);
/** Refused in every field of every body. */
const neverValid: [string, unknown][] = [
  ['an operator', { $ne: null }],
  ['an operator that runs code', { $where: 'sleep(1000)' }],
  ['a list', []],
  ['a list of strings', ['x']],
  ['a list of operators', [{ $ne: null }]],
  ['an object with a prototype', JSON.parse('{"__proto__":{"role":"admin"}}')],
  ['true', true],
  ['a fraction', 0.5],
  ['deep nesting', deep],
  ['an over-long string', long],
  ['a lone surrogate', '\ud800'],
  ['an empty string', ''],
];
/** Valid in few fields; refused in all others. */
const rarelyValid: [string, unknown, string[]][] = [
  ['null', null, ['patch /channels/:channelId description', 'post /channels/:channelId/messages threadId']],
  ['a number', 7, ['post /channels/:channelId/messages clientTs', 'put /channels/:channelId/read position']],
];
/** An empty description is one; what a password or a refresh token may not be is said after the body was parsed. */
const fine = new Set([
  'post /channels description: an empty string',
  'patch /channels/:channelId description: an empty string',
  'post /auth/login password: a lone surrogate',
  'put /users/me/password currentPassword: a lone surrogate',
  'patch /users/:userId isActive: true',
  'post /auth/refresh refreshToken: a lone surrogate',
]);
const fineInQuery = new Set(['q=NaN', 'epoch=NaN', 'epoch=-1']);

const name = ({ method, path }: Operation): string => `${method} ${path}`;
const fieldsOf = (schema: z.ZodType): string[] => {
  let inner: unknown = schema;
  while (inner instanceof z.ZodOptional) inner = inner.unwrap();
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
};
const fill = (path: string, params: Record<string, string> = {}): string =>
  path.replace(/:(\w+)/g, (_, key: string) => params[key] ?? '');
const sampleOf = (operation: Operation): Sample => all[name(operation)] ?? {};

function call(operation: Operation, { params, query, body }: Sample) {
  const search = query ? `?${new URLSearchParams(query).toString()}` : '';
  const test = rig.call(operation.method, fill(operation.path, params) + search, account);
  return body === undefined ? test : test.send(body);
}

function refused(response: Response, what: string, statuses = [400]): void {
  expect(statuses, `${what}: ${response.status} ${response.text.slice(0, 200)}`).toContain(response.status);
  Failure.parse(response.body);
  expect(response.text, what).not.toMatch(/at .*\.[jt]s:\d+/); // no stack
}

it('has a sample with every field of every operation', () => {
  for (const operation of operations) {
    const { body = {}, query = {}, params = {} } = all[name(operation)] ?? { body: { missing: name(operation) } };
    expect(Object.keys(body), name(operation)).toEqual(fieldsOf(operation.request.body));
    expect(Object.keys(query), name(operation)).toEqual(fieldsOf(operation.request.query));
    expect(Object.keys(params), name(operation)).toEqual(fieldsOf(operation.request.params));
  }
});

const titles = new Map(operations.map((operation) => [name(operation), operation]));
describe.each([...titles.keys()])('%s', (title) => {
  const operation = titles.get(title);
  if (!operation) throw new Error('no such operation');
  const bodyFields = fieldsOf(operation.request.body);
  const queryFields = fieldsOf(operation.request.query);
  const pathFields = fieldsOf(operation.request.params);

  it.runIf(bodyFields.length > 0)('refuses what is wrong in any field of its body', async () => {
    for (const field of bodyFields) {
      const bad = [...neverValid, ...rarelyValid.filter(([, , where]) => !where.includes(`${title} ${field}`))];
      for (const [kind, value] of bad) {
        if (fine.has(`${title} ${field}: ${kind}`)) continue;
        const sample = sampleOf(operation);
        refused(await call(operation, { ...sample, body: { ...sample.body, [field]: value } }), `${field}: ${kind}`);
      }
    }
  });

  it.runIf(operation.method !== 'get')(
    'refuses fields that it does not know, and bodies that are no object of JSON',
    async () => {
      const sample = sampleOf(operation);
      const path = fill(operation.path, sample.params);
      const raw = (text: string | Buffer, type = 'application/json') =>
        rig.call(operation.method, path, account).set('content-type', type).send(text);
      const bodies = [
        JSON.stringify({ ...sample.body, $where: 'x' }),
        JSON.stringify({ ...sample.body, constructor: { prototype: {} } }),
        `{"__proto__":{"role":"admin"},${JSON.stringify(sample.body ?? {}).slice(1)}`.replace(',}', '}'),
        '[]',
        'null',
        '"text"',
        '{',
        '{"a":1}{',
        '\ufeff{}x',
        '['.repeat(30_000),
      ];
      for (const text of bodies) refused(await raw(text), text.slice(0, 60));
      refused(
        await raw(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]).toString('latin1'), 'text/plain'),
        'another type',
      );
      refused(await raw('{}', 'application/json; charset=utf-16'), 'another charset');
      refused(await raw('a=b', 'application/x-www-form-urlencoded'), 'a form');
      refused(await raw(JSON.stringify({ long: 'x'.repeat(70_000) })), 'too large', [413]);
    },
  );

  it.runIf(operation.method !== 'get')('refuses bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"'), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('":1}')]);
    const response = await fetch(`${rig.url}/api/v1${fill(operation.path, sampleOf(operation).params)}`, {
      method: operation.method.toUpperCase(),
      headers: { authorization: `Bearer ${account.accessToken}`, 'content-type': 'application/json' },
      body: bytes,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'VALIDATION_ERROR', message: 'the body is not UTF-8' } });
  });

  it('refuses what is wrong in its query', async () => {
    const { params, query = {} } = sampleOf(operation);
    const path = fill(operation.path, params);
    const get = (search: string) => rig.call(operation.method, `${path}?${search}`, account);
    for (const search of ['unknown=1', '__proto__=1', 'constructor=1', '%24where=1', 'a[$ne]=1', 'x=%ff', '%c0%80=x'])
      refused(await get(search), search);
    for (const field of queryFields) {
      const others = new URLSearchParams(Object.entries(query).filter(([key]) => key !== field && key !== 'cursor'));
      for (const value of ['-1', '%7B%22%24ne%22:null%7D', `${long}`, '%ff', '%00', 'NaN']) {
        if (fineInQuery.has(`${field}=${value}`)) continue;
        refused(await get(`${others.toString()}&${field}=${value}`), `${field}=${value.slice(0, 20)}`);
      }
      refused(await get(`${field}=1&${field}=2`), `${field} twice`);
      refused(await get(`${field}[$gt]=1`), `${field}[$gt]`);
    }
  });

  it.runIf(pathFields.length > 0)('refuses what is no id in its path', async () => {
    const sample = sampleOf(operation);
    for (const field of pathFields) {
      for (const value of [
        'x',
        '%00',
        '%7B%22%24ne%22:null%7D',
        '..%2f..%2fhealth',
        'u'.repeat(500),
        '%ff',
        '%e2%98%83',
        `u${'A'.repeat(21)}`,
      ])
        refused(await call(operation, { ...sample, params: { ...sample.params, [field]: value } }), `${field}: ${value}`);
    }
  });

  it('refuses an Idempotency-Key that is no UUID', async () => {
    const response = await call(operation, sampleOf(operation)).set('idempotency-key', 'x');
    refused(response, 'key');
    expect(bodyOf(response).error.message).toMatch(/Idempotency-Key|not valid/);
  });
});
