import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort, portsFrom, requireFree } from './free-port.js';

it('gives a port that can be listened on, and refuses it while another does', async () => {
  const port = await freePort();
  expect(await requireFree(port)).toBe(port);

  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await expect(requireFree(port)).rejects.toThrow(`port ${port} is taken`);
  await new Promise((resolve) => server.close(resolve));
});

it('gives ports in order, without those that are taken', async () => {
  const first = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, '127.0.0.1', resolve));
  const next = portsFrom(first);
  const ports = [await next(), await next()];
  expect(ports[0]).toBeGreaterThan(first);
  expect(ports[1]).toBeGreaterThan(ports[0] ?? 0);
  await new Promise((resolve) => server.close(resolve));
  expect(await portsFrom()()).toBeGreaterThan(0);
});
