import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createLogger, listen } from '@storm/shared/node';
import express from 'express';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { admission } from './admission.js';
import { closeServer } from './close-server.js';
import { errorHandler } from './error-handler.js';
import { requestIdFor } from './request-id.js';

let server: Server;
let url: string;
let reason: string | undefined;
let draining: boolean;
let release: () => void;

beforeEach(async () => {
  [reason, draining] = [undefined, false];
  const held = new Promise<void>((resolve) => (release = resolve));
  const app = express();
  app.use((request, response, next) => (requestIdFor(request, response), next()));
  app.use(admission({ capacity: 1, notYet: () => reason, draining: () => draining }));
  app.get('/slow', async (_request, response) => {
    await held;
    response.end('done');
  });
  app.get('/half', (_request, response) => {
    response.write('half');
    throw new Error('too late');
  });
  app.get('/bug', () => {
    throw new TypeError('secret detail');
  });
  app.use(errorHandler(createLogger('test', 'silent')));
  server = createServer(app);
  url = `http://127.0.0.1:${await listen(server, { host: '127.0.0.1', port: 0 })}`;
});
afterEach(() => closeServer(server, 1_000));

it('refuses what is above its capacity, and takes more when that has ended', async () => {
  const arrived = once(server, 'request');
  const slow = fetch(`${url}/slow`);
  await arrived;
  const refused = await fetch(`${url}/slow`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
  release();
  expect(await (await slow).text()).toBe('done');
  await expect.poll(async () => (await fetch(`${url}/slow`)).status).toBe(200);
});

it('serves nothing until all is set up, and says why', async () => {
  reason = 'not yet';
  const response = await fetch(`${url}/slow`);
  expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'UNAVAILABLE', message: 'not yet' } }]);
});

it('sends callers elsewhere while it drains', async () => {
  draining = true;
  release();
  expect((await fetch(`${url}/slow`)).headers.get('connection')).toBe('close');
});

it('gives no details of what it did not foresee', async () => {
  const response = await fetch(`${url}/bug`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('secret');
});

it('cuts off an answer that fails halfway, for it can not be taken back', async () => {
  await expect(fetch(`${url}/half`).then((response) => response.text())).rejects.toThrow();
});

it('closes within the deadline, whoever still waits', async () => {
  const arrived = once(server, 'request');
  const hanging = fetch(`${url}/slow`);
  await arrived;
  await Promise.all([expect(hanging).rejects.toThrow(), closeServer(server, 50)]);
});
