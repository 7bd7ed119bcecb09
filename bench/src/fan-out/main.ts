import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stack } from '@storm/devstack';
import { WebSocket } from 'ws';
import { benchSocket, isEvent } from '../lib/bench-socket.js';
import { channel, people, type Person } from '../lib/people.js';
import { round } from '../lib/round.js';
import { report, say } from '../lib/say.js';
import { withStack } from '../lib/with-stack.js';
import type { Figures } from '../lib/counting-processes.js';
import { measureFanOut } from './load.js';

/** What one gateway spends on a delivery, beside Socket.IO with its Redis adapter: same text, same clients, one after the other. */
const seconds = Number(process.argv[2] ?? 10);
const subscribers = 500;
/** Messages under way: the next is sent when the sender itself has received one. */
const window = 64;
const text = 'x'.repeat(200);
const common = { processes: 2, warmUpMs: 3_000, measureMs: seconds * 1_000 };

const options = {
  gateways: 1,
  env: (service: string): Record<string, string> => (service === 'gateway' ? { MAX_CONNECTIONS_PER_USER: '1000' } : {}),
};
await withStack(options, async (stack) => {
  const users = await people(stack.description.api[0] ?? '', 25);
  const storm = await measureStorm(stack, users);
  say(`Storm: ${round(storm.perSecond, 0)} deliveries/s, ${round(storm.cpuEach, 2)} µs of the gateway's CPU for each`);
  const other = await measureSocketIo(stack.description.redis);
  say(`Socket.IO: ${round(other.perSecond, 0)} deliveries/s, ${round(other.cpuEach, 2)} µs of the server's CPU for each`);
  const rounded = ({ perSecond, cpuEach }: Figures) => ({
    deliveriesPerSecond: round(perSecond, 0),
    cpuPerDelivery: round(cpuEach, 2),
  });
  report({
    bench: 'fan-out',
    seconds,
    subscribers,
    storm: rounded(storm),
    socketIo: rounded(other),
    cpuOfSocketIo: round(storm.cpuEach / other.cpuEach, 3),
  });
});

async function measureStorm({ description }: Stack, users: readonly Person[]): Promise<Figures> {
  const [first] = users;
  const [url] = description.gateways;
  const [serverPid] = description.pids['gateway'] ?? [];
  if (!first || !url || !serverPid) throw new Error('the stack is not complete');
  const channelId = await channel(first, users.slice(1));
  const tokens = Array.from({ length: subscribers }, (_, i) => users[i % users.length]?.token ?? '');
  const send = async () => {
    let running = true;
    const next = () =>
      socket.send(
        JSON.stringify({ event: 'message.send', payload: { messageId: randomUUID(), channelId, text, clientTs: Date.now() } }),
      );
    const socket = await benchSocket(url, first.token, (frame) => {
      if (running && isEvent(frame, 'message.new')) next();
    });
    for (let i = 0; i < window; i++) next();
    return () => ((running = false), socket.close());
  };
  return measureFanOut({ ...common, kind: 'storm', url, tokens, serverPid, send });
}

async function measureSocketIo(redisUrl: string): Promise<Figures> {
  const server = fork(fileURLToPath(new URL('socket-io-server.js', import.meta.url)), [redisUrl]);
  const [port] = (await once(server, 'message')) as [number];
  const url = `ws://127.0.0.1:${port}`;
  // As long as one of Storm's: the same fields.
  const payload = {
    id: 'm'.repeat(23),
    messageId: randomUUID(),
    channelId: 'c'.repeat(23),
    seq: 1,
    version: 1,
    position: 1,
    senderId: 'u'.repeat(23),
    text,
  };
  const rest = {
    threadId: null,
    replyCount: 0,
    reactions: {},
    mentions: [],
    clientTs: Date.now(),
    createdAt: Date.now(),
    editedAt: null,
    deletedAt: null,
  };
  const message = `42${JSON.stringify(['send', { ...payload, ...rest }])}`;
  const send = async () => {
    let running = true;
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
    const joined = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        const start = (data as Buffer).toString('latin1', 0, 2);
        if (start === '42' && running) socket.send(message);
        else if (start === '40') resolve();
        else if (start[0] === '0') socket.send('40');
        else if (start[0] === '2') socket.send('3');
      });
    });
    await joined;
    for (let i = 0; i < window; i++) socket.send(message);
    return () => ((running = false), socket.close());
  };
  try {
    const tokens = Array.from({ length: subscribers }, () => '');
    return await measureFanOut({ ...common, kind: 'socket.io', url, tokens, serverPid: server.pid ?? 0, send });
  } finally {
    server.kill('SIGKILL');
  }
}
