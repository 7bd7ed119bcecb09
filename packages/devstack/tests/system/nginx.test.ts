import { randomUUID } from 'node:crypto';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { freePort } from '../../src/process/index.js';
import { eventually } from '../../src/testing/index.js';
import { missingForNginx, startNginx, type Nginx } from './support/nginx.js';
import { startSystem, type System } from './support/system.js';

const missing = missingForNginx();

describe.skipIf(missing.length > 0)(
  `behind nginx${missing.length > 0 ? `, for which this needs ${missing.join(' and ')}` : ''}`,
  () => {
    let system: System;
    let nginx: Nginx;
    let ports: { http: number; https: number };
    let own: string;

    beforeAll(async () => {
      ports = { http: await freePort(), https: await freePort() };
      own = `https://localhost:${ports.https}`;
      const behind = { TRUST_PROXY: '1', LOG_LEVEL: 'debug', COOKIES: 'on', ALLOWED_ORIGINS: own };
      const limits = { RATE_LIMITS: 'on', MAX_UNAUTHENTICATED_PER_ADDRESS: '2' };
      system = await startSystem({
        gateways: 1,
        env: (service) => (service === 'worker' ? {} : { ...behind, ...(service === 'gateway' ? limits : {}) }),
      });
      nginx = await startNginx({ ...ports, ...portsBehind() });
    }, 120_000);
    afterAll(async () => {
      await nginx?.stop();
      await system?.stop();
    }, 60_000);

    const portsBehind = () => {
      const { api, gateway } = system.stack.services;
      return { api: Number(new URL(api[0]?.url ?? '').port), gateway: Number(new URL(gateway[0]?.url ?? '').port) };
    };

    interface Asked {
      method?: string;
      headers?: Record<string, string>;
      body?: unknown;
      at?: Pick<Nginx, 'certificate'> & { https: number };
    }
    /** A request whose path goes as it is, `..` and all. */
    async function ask(path: string, { method = 'GET', headers = {}, body, at }: Asked = {}) {
      const { certificate: ca, https: port } = at ?? { ...nginx, ...ports };
      return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const sent = request({
          host: 'localhost',
          servername: 'localhost',
          family: 4,
          port,
          path,
          method,
          ca,
          agent: false,
          headers: { ...type, ...headers },
        });
        sent.on('response', (response) => {
          text(response).then(
            (all) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: all }),
            reject,
          );
        });
        sent.on('error', reject);
        sent.end(body === undefined ? undefined : JSON.stringify(body));
      });
    }

    /** A socket, and how it went: the status of a refusal, the code of a close, the first event; `open` where that is `enough`. */
    async function connect(path: string, { enough, ...options }: ClientOptions & { enough?: 'open' } = {}) {
      const socket = new WebSocket(`wss://localhost:${ports.https}${path}`, {
        ca: nginx.certificate,
        family: 4,
        ...options,
      });
      const outcome = await new Promise<string>((resolve) => {
        socket.on('error', (error) => resolve(error.message));
        socket.on('message', (data: Buffer) => resolve((JSON.parse(data.toString()) as { event: string }).event));
        socket.on('unexpected-response', (sent, response) => {
          resolve(String(response.statusCode));
          sent.destroy();
        });
        socket.on('close', (code) => resolve(String(code)));
        socket.on('open', () => enough && resolve(enough));
      });
      return { socket, outcome };
    }

    const account = () => {
      const username = `n_${randomUUID().slice(0, 8)}`;
      return { username, email: `${username}@example.org`, password: `Behind-nginx-7!${username}` };
    };
    type Granted = { accessToken: string; refreshToken: string; csrfToken: string };
    async function register(headers: Record<string, string> = {}) {
      const answer = await ask('/api/v1/auth/register', { method: 'POST', body: account(), headers });
      expect(answer.status).toBe(201);
      return { ...answer, data: (JSON.parse(answer.text) as { data: Granted }).data };
    }

    it.each([
      '/metrics',
      '/health',
      '/readiness',
      '/api/metrics',
      '/api/v1/metrics',
      '/api/v1/metrics/',
      '/api/v1/Metrics',
      '/api/v1/%6detrics',
      '/api/v1/metrics%2f',
      '/api/v1/metrics%3f',
      '/api/v1//metrics',
      '/api/v1/./metrics',
      '/api/../metrics',
      '/api/v1/../../metrics',
      '/api/v1/users/../metrics',
      '/api/v1/health/../../../metrics',
      '/api/%2e%2e/metrics',
      '/api/..%2fmetrics',
      '/api/v1/..;/..;/metrics',
      '/api//metrics',
      '//metrics',
      '/ws/../metrics',
      '/ws/metrics',
      '/ws/..%2fmetrics',
      '/metrics/../ws',
      '/metrics%3f/../ws',
      '/metrics#/../ws',
      '/board',
      '/admin/queues',
      '/api/v1/admin/queues',
      '/api/v1/admin/audit',
      '/.env',
      '/nginx_status',
      'http://127.0.0.1/metrics',
      'http://gateway:3001/metrics',
    ])('nothing of the inside is at %s', async (path) => {
      for (const headers of [{}, { Host: 'gateway:3001' }, { 'X-Original-URL': '/metrics', 'X-Rewrite-URL': '/metrics' }]) {
        const answer = await ask(path, { headers });
        expect([400, 401, 404, 426]).toContain(answer.status);
        expect(answer.text).not.toMatch(/process_cpu|storm_|uptimeSeconds|checks/);
      }
    });

    it('shows the health of the api from outside, and no reasons', async () => {
      const { status, text: body } = await ask('/api/v1/health');
      expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ status: 'alive' })]);
    });

    it('knows who asks by the address that nginx sees, whatever is claimed', async () => {
      const claims = (i: number) => ({
        'x-forwarded-for': `6.6.6.${i}, 127.0.0.1`,
        'x-real-ip': `6.6.6.${i}`,
        forwarded: `for=6.6.6.${i}`,
      });
      const { data } = await register(claims(1));
      const sessions = await ask('/api/v1/auth/sessions', { headers: { authorization: `Bearer ${data.accessToken}` } });
      expect((JSON.parse(sessions.text) as { data: { address: string }[] }).data.map(({ address }) => address)).toEqual([
        '127.0.0.1',
      ]);

      const sockets = [];
      for (let i = 1; i <= 3; i++) sockets.push(await connect('/ws', { headers: claims(i), enough: 'open' }));
      expect(sockets.map(({ outcome }) => outcome)).toEqual(['open', 'open', '429']);
      for (const { socket } of sockets) socket.terminate();
      const metrics = `http://127.0.0.1:${portsBehind().gateway}/metrics`;
      await eventually(async () => /^storm_gateway_leases\{.*\} 0$/m.test(await (await fetch(metrics)).text()));
    });

    it('signs a browser in with cookies that no script and no other site can use', async () => {
      const page = { 'x-storm-cookies': '1', origin: own, 'sec-fetch-site': 'same-origin' };
      const { data, headers, text: body } = await register(page);
      const set = headers['set-cookie'] as string[];
      const [access = '', refresh = '', csrf = ''] = set;
      for (const cookie of [access, refresh]) expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
      expect(csrf).toMatch(/^storm_csrf=[^;]+; (?!.*HttpOnly).*; Secure; SameSite=Strict$/);
      const values = set.map((each) => each.split(';', 1)[0] ?? '');
      for (const value of values.slice(0, 2)) expect(body).not.toContain(value.slice(value.indexOf('=') + 1));

      const cookie = values.join('; ');
      const ticket = async (more: Record<string, string>) =>
        (await ask('/api/v1/auth/ws-ticket', { method: 'POST', headers: { cookie, ...more } })).status;
      expect((await ask('/api/v1/users/me', { headers: { cookie } })).status).toBe(200);
      const token = { 'x-csrf-token': data.csrfToken };
      expect(await ticket({ ...token, origin: own })).toBe(201); // its own address, as nginx says it
      expect(await ticket({ origin: own })).toBe(403);
      expect(await ticket({ ...token, origin: 'https://evil.example' })).toBe(403);
      expect(await ticket({ ...token, origin: own.replace('https', 'http') })).toBe(403);

      const outcomes = [];
      for (const origin of [own, 'https://evil.example', `${own}0`, undefined]) {
        const { socket, outcome } = await connect('/ws', { headers: { cookie }, ...(origin ? { origin } : {}) });
        socket.terminate();
        outcomes.push(outcome);
      }
      expect(outcomes).toEqual(['connection.ready', '403', '403', '4401']);
    });

    it('logs no query and no token, also where something is refused or away', async () => {
      const { data } = await register();
      const secret = data.accessToken.slice(data.accessToken.lastIndexOf('.') + 1);
      const query = `?token=${data.accessToken}&secret=canary-in-query`;
      const headers = { authorization: `Bearer ${data.accessToken}`, cookie: `storm_access=${data.accessToken}` };
      const { socket, outcome } = await connect(`/ws${query}`);
      socket.terminate();
      expect(outcome).toBe('connection.ready');
      const dead = { http: await freePort(), https: await freePort() };
      const alone = await startNginx({ ...dead, api: await freePort(), gateway: await freePort() });
      try {
        for (const path of ['/ws', '/api/v1/users/me', '/api/v1/metrics', '/elsewhere', '/WS', '/ws/']) {
          await ask(path + query, { headers });
          await ask(path + query, { headers, at: { ...alone, https: dead.https } });
        }
        expect((await ask(`/ws${query}`, { at: { ...alone, https: dead.https } })).status).toBe(503);
        await fetch(`http://127.0.0.1:${ports.http}/ws${query}`, { redirect: 'manual' });
        for (const log of [nginx.log(), alone.log()]) {
          expect(log).toContain('"uri":"/ws"');
          expect(log).not.toContain(secret);
          expect(log).not.toContain('canary-in-query');
        }
      } finally {
        await alone.stop();
      }
    });
  },
);
