import { eventually } from '@storm/devstack/testing';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Flusher } from './flusher.js';
import { textFrame } from './frame.js';
import { Outbox } from './outbox.js';

let server: Server;
let ours: Socket;
let theirs: Socket;
let received: Buffer[];
beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [ours] = (await once(server, 'connection')) as [Socket];
  received = [];
  theirs.on('data', (chunk) => received.push(chunk));
});
afterEach(() => {
  theirs.destroy();
  ours.destroy();
  server.close();
});

const limits = { softBytes: 100_000, hardBytes: 1_000_000, stallMs: 1_000 };
const total = () => received.reduce((sum, chunk) => sum + chunk.length, 0);

function anOutbox(now = () => 0) {
  const state = { slow: 0, writes: 0, open: true };
  const write = ours.write.bind(ours);
  ours.write = ((...args: Parameters<Socket['write']>) => {
    state.writes += 1;
    return write(...args);
  }) as Socket['write'];
  const owner = {
    get isOpen() {
      return state.open;
    },
    readsTooSlowly: () => void (state.slow += 1),
  };
  const outbox = new Outbox(ours, owner, { limits, flusher: new Flusher(), now });
  return { outbox, state };
}

/** Stops reading and fills what the kernel takes. */
async function block(outbox: Outbox): Promise<void> {
  theirs.pause();
  const frame = Buffer.alloc(60_000);
  await eventually(() => {
    if (ours.writableLength === 0) outbox.push(frame);
    return ours.writableLength > 0;
  });
}

it('writes what one turn brings with one write, in order', async () => {
  const { outbox, state } = anOutbox();
  const frames = ['one', 'two', 'three'].map((text) => textFrame(Buffer.from(text)));
  for (const frame of frames) outbox.push(frame);
  expect(state.writes).toBe(0);
  await eventually(() => total() === Buffer.concat(frames).length);
  expect([state.writes, Buffer.concat(received)]).toEqual([1, Buffer.concat(frames)]);
});

it('takes a burst of many times its cap within one turn from a reader that reads', async () => {
  const { outbox, state } = anOutbox();
  const frame = Buffer.alloc(10_000, 'x');
  for (let i = 0; i < 90; i++) outbox.push(frame);
  await eventually(() => total() === 900_000);
  expect(state.slow).toBe(0);
});

it('never holds more than its cap for a reader that does not read, then ends it once and frees all', async () => {
  const { outbox, state } = anOutbox();
  await block(outbox);
  const frame = Buffer.alloc(30_000);
  for (let i = 0; i < 60; i++) {
    outbox.push(frame);
    expect(outbox.waiting).toBeLessThanOrEqual(limits.hardBytes);
  }
  expect([state.slow, outbox.waiting]).toEqual([1, 0]);
});

it('goes on in order with a reader that fell behind and caught up', async () => {
  const { outbox, state } = anOutbox();
  await block(outbox);
  const before = ours.bytesWritten;
  const numbers = Array.from({ length: 400 }, (_, i) => i);
  for (const n of numbers) outbox.push(Buffer.alloc(1_000, n % 256));
  theirs.resume();
  await eventually(() => total() === before + 400_000);
  const tail = Buffer.concat(received).subarray(before);
  expect(numbers.map((n) => tail[n * 1_000])).toEqual(numbers.map((n) => n % 256));
  expect(state.slow).toBe(0);
});

it('drops ephemeral frames when a reader falls behind, and keeps the others', async () => {
  const { outbox } = anOutbox();
  await block(outbox);
  while (outbox.waiting + 10_000 <= limits.softBytes) outbox.pushEphemeral(Buffer.alloc(10_000));
  const { waiting } = outbox;
  outbox.pushEphemeral(Buffer.alloc(10_000));
  expect(outbox.waiting).toBe(waiting);
  outbox.push(Buffer.alloc(10_000));
  expect(outbox.waiting).toBe(waiting + 10_000);
});

it('ends a reader that takes nothing for too long, however little waits', async () => {
  let now = 0;
  const { outbox, state } = anOutbox(() => now);
  await block(outbox);
  now = 1_000;
  outbox.checkStall();
  expect(state.slow).toBe(0);
  now = 1_001;
  outbox.checkStall();
  outbox.checkStall();
  expect(state.slow).toBe(1);
});

it('tells who waits for room, when there is some or no more will come', async () => {
  const { outbox } = anOutbox();
  await outbox.whenBelow(0);
  await block(outbox);
  let [below, closed] = [false, false];
  void outbox.whenBelow(0).then(() => (below = true));
  theirs.resume();
  await eventually(() => below);
  await block(outbox);
  void outbox.whenBelow(0).then(() => (closed = true));
  outbox.destroy();
  await eventually(() => closed);
});

it('hands over what waits when it closes, and takes nothing after', async () => {
  const { outbox } = anOutbox();
  outbox.push(Buffer.from('last'));
  outbox.close();
  outbox.push(Buffer.from('too late'));
  outbox.close();
  await eventually(() => total() >= 4);
  expect(Buffer.concat(received).toString()).toBe('last');
});

it('writes nothing any more once a close frame has left', async () => {
  const { outbox, state } = anOutbox();
  outbox.push(Buffer.from('before'));
  await eventually(() => total() === 6);
  outbox.push(Buffer.from('after'));
  state.open = false;
  ours.end('close frame');
  await once(theirs, 'end');
  expect([Buffer.concat(received).toString(), outbox.waiting]).toEqual(['beforeclose frame', 0]);
});

it('joins the same frames once for all who have them', () => {
  const flusher = new Flusher();
  const frames = [Buffer.from('a'), Buffer.from('b')];
  const joined = flusher.join([...frames]);
  expect(flusher.join([...frames])).toBe(joined);
  expect(flusher.join([...frames].reverse()).toString()).toBe('ba');
  expect(flusher.join(frames.slice(0, 1))).toBe(frames[0]);
});
