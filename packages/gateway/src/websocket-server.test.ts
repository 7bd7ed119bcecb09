import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { buildWebSocketServer } from './websocket-server.js';

let http: Server;
let url: string;
beforeAll(async () => {
  http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const echo = buildWebSocketServer();
  http.on('upgrade', (request, socket, head) => {
    echo.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      client.on('message', (data, binary) => client.send(data, { binary }));
    });
  });
});
afterAll(() => http.close());

async function open(): Promise<WebSocket> {
  const client = new WebSocket(url, { perMessageDeflate: true });
  client.on('error', () => undefined);
  await once(client, 'open');
  return client;
}

/** Sends a text in so many fragments; resolves with its echo, or the close code. */
async function echo(fragments: string[]): Promise<string | number> {
  const client = await open();
  const outcome = new Promise<string | number>((resolve) => {
    client.on('message', (data: Buffer) => resolve(data.toString()));
    client.on('close', resolve);
  });
  fragments.forEach((fragment, i) => client.send(fragment, { fin: i === fragments.length - 1 }));
  const result = await outcome;
  client.terminate();
  return result;
}

it('speaks no subprotocol and no extension, whatever is offered', async () => {
  const client = new WebSocket(url, ['a-token', 'chat'], { perMessageDeflate: true });
  client.on('error', () => undefined); // offered and not taken: that is the client's to fail on
  const [response] = (await once(client, 'upgrade')) as [IncomingMessage];
  expect(response.statusCode).toBe(101);
  expect(response.headers).not.toHaveProperty('sec-websocket-protocol');
  expect(response.headers).not.toHaveProperty('sec-websocket-extensions');
  client.terminate();
});

it('takes a message of 64 KiB, whole and in 1,300-byte pieces', async () => {
  const text = 'x'.repeat(64 * 1024);
  expect(await echo([text])).toBe(text);
  const pieces = text.match(/x{1,1300}/g) ?? [];
  expect(pieces.length).toBeLessThanOrEqual(64);
  expect(await echo(pieces)).toBe(text);
});

it('closes what is larger with 1009, and what has too many fragments with 1008', async () => {
  expect(await echo(['x'.repeat(64 * 1024 + 1)])).toBe(1009);
  expect(await echo(Array.from({ length: 65 }, () => 'x'))).toBe(1008);
});
