import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from './eventually.js';
import { startProxy, type Direction, type TcpProxy } from './tcp-proxy.js';

const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
let target: { host: string; port: number };
let proxy: TcpProxy | undefined;

beforeAll(async () => {
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  target = { host: '127.0.0.1', port: (echo.address() as AddressInfo).port };
});
afterEach(() => proxy?.stop());
afterAll(() => new Promise((resolve) => echo.close(resolve)));

/** A client that keeps what it hears and how its connection ended. */
async function client(port: number): Promise<{ socket: Socket; heard: () => string; ended: () => string | undefined }> {
  const socket = connect({ host: '127.0.0.1', port });
  let heard = '';
  let ended: string | undefined;
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code));
  socket.on('close', () => (ended ??= 'end'));
  await once(socket, 'connect');
  return { socket, heard: () => heard, ended: () => ended };
}

it('passes both ways and shows each chunk', async () => {
  const seen: [Direction, string, number][] = [];
  proxy = await startProxy({
    target,
    onData: (direction, chunk, connection) => seen.push([direction, chunk.toString(), connection]),
  });
  const { socket, heard, ended } = await client(proxy.port);
  socket.end('hello');
  await eventually(() => heard() === 'hello' && ended() === 'end');
  expect(seen).toEqual([
    ['up', 'hello', 1],
    ['down', 'hello', 1],
  ]);
  await eventually(() => proxy?.connections === 0);
});

it('cuts a connection before the chunk on which the observer throws', async () => {
  proxy = await startProxy({
    target,
    onData: (direction, chunk) => {
      if (direction === 'down' && chunk.includes('poison')) throw new Error('cut');
    },
  });
  const { socket, heard, ended } = await client(proxy.port);
  socket.write('fine');
  await eventually(() => heard() === 'fine');
  socket.write('poison');
  await eventually(() => ended() === 'ECONNRESET');
  expect(heard()).toBe('fine');
});

it('resets what is open on a cut and takes new connections', async () => {
  proxy = await startProxy({ target });
  const first = await client(proxy.port);
  first.socket.write('a');
  await eventually(() => first.heard() === 'a');
  proxy.cut();
  await eventually(() => first.ended() === 'ECONNRESET');

  const second = await client(proxy.port);
  second.socket.write('b');
  await eventually(() => second.heard() === 'b');
});

it('holds back both old and new connections in a stall, and loses nothing of it', async () => {
  proxy = await startProxy({ target });
  const old = await client(proxy.port);
  proxy.stall();
  const young = await client(proxy.port);
  const direct = await client(target.port);
  for (const { socket } of [old, young, direct]) socket.write('hello');
  // What goes past the proxy is back: what goes through it would be, too.
  await eventually(() => direct.heard() === 'hello');
  expect([old.heard(), young.heard()]).toEqual(['', '']);
  proxy.resume();
  await eventually(() => old.heard() === 'hello' && young.heard() === 'hello');
  direct.socket.destroy();
});

it('cuts and stalls one connection alone', async () => {
  proxy = await startProxy({ target });
  const [one, other, third] = [await client(proxy.port), await client(proxy.port), await client(proxy.port)];
  await eventually(() => proxy?.connections === 3);
  expect(proxy.open).toEqual([1, 2, 3]);
  proxy.cut(1);
  proxy.stall(2);
  other.socket.write('waits');
  third.socket.write('passes');
  await eventually(() => one.ended() === 'ECONNRESET' && third.heard() === 'passes');
  expect([other.heard(), proxy.open]).toEqual(['', [2, 3]]);
  proxy.resume(2);
  await eventually(() => other.heard() === 'waits');
});

it('passes on what becomes of the words of the target, of each connection for itself', async () => {
  const shout = (connection: number) => (chunk: Buffer) => Buffer.from(`${connection}:${chunk.toString().toUpperCase()}`);
  proxy = await startProxy({ target, rewriteDown: shout });
  for (const number of [1, 2]) {
    const { socket, heard } = await client(proxy.port);
    socket.write('hello');
    await eventually(() => heard() === `${number}:HELLO`);
  }
});

it('refuses until told to accept again, on the same port', async () => {
  proxy = await startProxy({ target });
  const { port } = proxy;
  await proxy.refuse();
  await expect(client(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.accept();
  await proxy.accept();
  expect((await client(port)).ended()).toBeUndefined();
});

it('resets a client when the target can not be reached', async () => {
  const gone = await startProxy({ target });
  await gone.stop();
  proxy = await startProxy({ target: { host: '127.0.0.1', port: gone.port } });
  const { ended } = await client(proxy.port);
  await eventually(() => ended() === 'ECONNRESET');
});
