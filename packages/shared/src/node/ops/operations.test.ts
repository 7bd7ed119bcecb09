import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Gauge } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { runChecks, type Check } from './checks.js';
import { listen, serveOperations } from './operations-server.js';
import { Operations } from './operations.js';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((closed) => server.close(closed)))));

async function serve(checks: Record<string, Check> = {}) {
  const operations = new Operations({ service: 'test', checks });
  const server = await serveOperations(operations, { host: '127.0.0.1', port: 0 });
  servers.push(server);
  const { port } = server.address() as AddressInfo;
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      headers: response.headers,
      text: await response.text(),
    };
  };
  return { operations, port, get, json: async (path: string) => JSON.parse((await get(path)).text) as Record<string, unknown> };
}

const away: Check = () => Promise.reject(new Error('Redis does not answer'));

describe('health', () => {
  it('is 200 while the process lives, whatever is away, and says what is', async () => {
    const { get, json } = await serve({ redis: away, mongo: () => undefined });
    expect(await get('/health')).toMatchObject({ status: 200, type: 'application/json' });
    expect(await json('/health')).toEqual({
      status: 'alive',
      service: 'test',
      uptimeSeconds: expect.any(Number) as number,
      checks: { redis: 'Redis does not answer', mongo: 'ok' },
    });
  });
});

describe('readiness', () => {
  it('follows the checks', async () => {
    let fine = false;
    const { get, json } = await serve({ mongo: () => (fine ? undefined : Promise.reject(new Error('no primary'))) });
    expect((await get('/readiness')).status).toBe(503);
    expect(await json('/readiness')).toEqual({ status: 'not ready', service: 'test', checks: { mongo: 'no primary' } });
    fine = true;
    expect((await get('/readiness')).status).toBe(200);
    expect(await json('/readiness')).toMatchObject({ status: 'ready' });
  });

  it('is gone for good once the service drains, while health goes on', async () => {
    const { operations, get, json } = await serve();
    expect(operations.draining).toBe(false);
    operations.drain();
    expect(operations.draining).toBe(true);
    expect((await get('/readiness')).status).toBe(503);
    expect(await json('/readiness')).toMatchObject({ status: 'draining' });
    expect((await get('/health')).status).toBe(200);
  });
});

it('keeps the reasons of what failed from those who may not see them', async () => {
  const operations = new Operations({ service: 'test', checks: { redis: away, mongo: () => undefined } });
  const server = createServer((request, response) => operations.handle(request, response, request.url ?? '', { reasons: false }));
  servers.push(server);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  for (const path of ['/health', '/readiness']) {
    const answer = await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
    expect(answer).toMatchObject({ checks: { redis: 'failed', mongo: 'ok' } });
  }
});

describe('metrics', () => {
  it('are Prometheus text, of the process and of the service, with its name', async () => {
    const { operations, get } = await serve();
    new Gauge({ name: 'storm_test', help: 'x', registers: [operations.registry] }).set(7);
    const { status, type, text } = await get('/metrics');
    expect(status).toBe(200);
    expect(type).toMatch(/^text\/plain/);
    expect(text).toContain('storm_test{service="test"} 7');
    expect(text).toMatch(/process_cpu_seconds_total\{service="test"\} [\d.]+/);
  });

  it('that can not be collected are a 500, and the service goes on', async () => {
    const { operations, get } = await serve();
    const collect = () => {
      throw new Error('no');
    };
    new Gauge({ name: 'storm_broken', help: 'x', registers: [operations.registry], collect });
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/health')).status).toBe(200);
  });
});

describe('the operations server', () => {
  it('knows three paths, with or without a query, and is not cached', async () => {
    const { get } = await serve();
    const { status, headers } = await get('/health?x=1');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    for (const path of ['/', '/health/', '/Health', '/constructor', '/__proto__'])
      expect((await get(path)).status, path).toBe(404);
  });

  it('answers GET and HEAD alone', async () => {
    const { get } = await serve();
    expect(await get('/health', 'HEAD')).toMatchObject({ status: 200, text: '' });
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/health', method)).status).toBe(404);
  });

  it('takes nothing of an object for a path', () => {
    const operations = new Operations({ service: 'test', checks: {} });
    for (const path of ['constructor', '__proto__', 'toString']) {
      expect(operations.handle({ method: 'GET' } as never, {} as never, path)).toBe(false);
    }
  });

  it('outlives what is no HTTP', async () => {
    const { port, get } = await serve();
    const socket = connect(port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    socket.write('hello\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1.1 400/);
    socket.destroy();
    expect((await get('/health')).status).toBe(200);
  });

  it('says when its port is taken', async () => {
    const { port } = await serve();
    const operations = new Operations({ service: 'test', checks: {} });
    await expect(serveOperations(operations, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

it('listens where it is told and says where that is', async () => {
  const server = createServer();
  servers.push(server);
  const port = await listen(server, { host: '127.0.0.1', port: 0 });
  expect(port).toBe((server.address() as AddressInfo).port);
});

describe('checks', () => {
  it('run at once; one that never answers has failed, and holds up nobody', async () => {
    const never: Check = () => new Promise(() => undefined);
    const began = performance.now();
    const result = await runChecks({ a: never, b: never, c: () => undefined }, 50);
    expect(result).toEqual({ ok: false, checks: { a: 'no answer', b: 'no answer', c: 'ok' } });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('that throw, or reject with no error, have failed', async () => {
    const noError = 'a secret' as unknown as Error;
    const checks = {
      throws: () => {
        throw new Error('why');
      },
      rejects: () => Promise.reject<void>(noError),
    };
    expect(await runChecks(checks)).toEqual({ ok: false, checks: { throws: 'why', rejects: 'failed' } });
  });

  it('are ok when there are none', async () => {
    expect(await runChecks({})).toEqual({ ok: true, checks: {} });
  });
});
