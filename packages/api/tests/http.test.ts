import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import request from 'supertest';
import { Failure, success } from '@storm/shared/protocol';
import { z } from 'zod';
import { operations } from '../src/index.js';
import { bodyOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let account: Account;

beforeAll(async () => {
  rig = await Rig.start({ env: { CORS_ORIGINS: 'https://chat.example.org,http://localhost:8080', TRUST_PROXY: '1' } });
  account = await rig.register();
});
afterAll(() => rig.stop());

describe('an answer', () => {
  it('is enveloped, and says which request it answers', async () => {
    const response = await rig
      .call('get', '/users/me', account)
      .set('x-request-id', 'mine-1')
      .expect(200)
      .expect('x-request-id', 'mine-1');
    expect(success(z.unknown()).parse(response.body).meta.requestId).toBe('mine-1');
    const failure = await rig.call('get', '/users/me').set('x-request-id', 'not sane').expect(401);
    expect(Failure.parse(failure.body).meta.requestId).toBe(failure.headers['x-request-id']);
    expect(failure.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is 404 for what is no operation, whatever the method', async () => {
    for (const [method, path] of [
      ['get', '/nothing'],
      ['post', '/users/me'],
      ['put', '/channels'],
      ['get', '/USERS/me'],
    ] as const)
      Failure.parse((await rig.call(method, path, account).expect(404)).body);
    Failure.parse((await request(rig.url).get('/').expect(404)).body);
  });

  it('carries the headers that keep browsers from mischief, and is not cached', async () => {
    const { headers } = await rig.call('get', '/users/me', account).expect(200);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });
});

describe('other origins', () => {
  const preflight = (origin: string) =>
    request(rig.url).options('/api/v1/channels').set({
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,idempotency-key',
    });

  it('may call when they are listed', async () => {
    const { headers } = await preflight('https://chat.example.org').expect(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': 'https://chat.example.org',
      'access-control-allow-headers': expect.stringContaining('Idempotency-Key') as string,
    });
    const answer = await rig.call('get', '/users/me', account).set('origin', 'http://localhost:8080').expect(200);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:8080');
    expect(answer.headers['access-control-expose-headers']).toContain('Retry-After');
  });

  it('may not when they are not', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://chat.example.org.evil.example']) {
      const { headers } = await preflight(origin);
      expect(headers).not.toHaveProperty('access-control-allow-origin');
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
  });
});

describe('bodies', () => {
  it('of 64 KiB are read, of one byte more refused, before who calls is believed', async () => {
    const post = (size: number, test = rig.call('post', '/channels', account)) => {
      const filler = 'x'.repeat(size - '{"name":""}'.length);
      return test.set('content-type', 'application/json').send(`{"name":"${filler}"}`);
    };
    expect(bodyOf(await post(64 * 1024).expect(400)).error.code).toBe('VALIDATION_ERROR');
    expect(bodyOf(await post(64 * 1024 + 1).expect(413)).error.code).toBe('PAYLOAD_TOO_LARGE');
    await post(64 * 1024 + 1, rig.call('post', '/channels')).expect(401);
  });

  it('are not unpacked', async () => {
    const packed = gzipSync(JSON.stringify({ name: 'x'.repeat(10_000_000) }));
    const response = await fetch(`${rig.url}/api/v1/channels`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.accessToken}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: packed,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: 'compressed bodies are not taken' } });
  });

  it('may be empty where none is needed', async () => {
    await rig.call('post', '/auth/ws-ticket', account).set('content-type', 'application/json').expect(201);
    await rig.call('post', '/auth/ws-ticket', account).send({}).expect(201);
  });

  it('that stop halfway are refused, and harm nobody', async () => {
    const socket = connect(rig.api.port, '127.0.0.1');
    socket.end(
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"user',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400/);
    await rig.call('get', '/users/me', account).expect(200);
  });
});

describe('operations', () => {
  it('tell health and readiness at the root and under the prefix, metrics at the root alone', async () => {
    for (const path of ['/health', '/api/v1/health', '/readiness', '/api/v1/readiness']) {
      const { body } = (await request(rig.url).get(path).expect(200)) as { body: unknown };
      expect(body).toMatchObject({ service: 'api', checks: { redis: 'ok', mongo: 'ok', schema: 'ok', deployment: 'ok' } });
      expect(body).not.toHaveProperty('success');
    }
    await rig.call('get', '/metrics', account).expect(404);
    const metrics = await request(rig.url).get('/metrics').expect(200);
    expect(metrics.text).toMatch(
      /storm_http_request_duration_seconds_count\{service="api",operation="GET \/users\/me",status="200"\} \d+/,
    );
    expect(metrics.text).toMatch(/storm_intake_changes\{.*state="under_way".*\} 0/);
    expect(metrics.text).not.toContain(account.user.id);
  });

  it('publish the OpenAPI document and a page of all operations', async () => {
    const { body } = (await rig.call('get', '/openapi.json').expect(200)) as { body: unknown };
    expect(body).toMatchObject({
      openapi: '3.1.0',
      paths: { '/api/v1/channels/{channelId}/messages': { post: { operationId: expect.any(String) as string } } },
    });
    const page = await rig.call('get', '/docs').expect(200).expect('content-type', /html/);
    expect(page.text.match(/<tr>/g)).toHaveLength(operations.length);
  });
});

it('believes one proxy about where a caller is', async () => {
  const { user } = account;
  await rig
    .call('post', '/auth/login')
    .set('x-forwarded-for', '203.0.113.9, 198.51.100.7')
    .send({ username: user.username, password: 'Correct-horse-1' })
    .expect(200);
  const addresses = (await rig.context.store.sessions.listOf(user.id)).map(({ address }) => address);
  expect(addresses).toContain('198.51.100.7');
  expect(addresses).not.toContain('203.0.113.9');
});
