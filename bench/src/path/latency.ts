import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from '@storm/devstack';
import type { WebSocket } from 'ws';
import { benchSocket, isEvent } from '../lib/bench-socket.js';
import { inLanes, type Person } from '../lib/people.js';

interface Options {
  urls: readonly string[];
  members: readonly Person[];
  channelId: string;
  /** Connections, dealt out over members and gateways. */
  clients: number;
  ratePerSecond: number;
  seconds: number;
}

export interface Latency {
  p50: number;
  p99: number;
  /** Share of deliveries that arrived. */
  delivered: number;
}

/** Milliseconds from a send to each client's receipt of the message, all clients of one channel. */
export async function latency({ urls, members, channelId, clients, ratePerSecond, seconds }: Options): Promise<Latency> {
  const samples: number[] = [];
  const marker = 'sent at ';
  const onFrame = (frame: Buffer) => {
    const at = frame.indexOf(marker, 0, 'latin1');
    if (at < 0 || !isEvent(frame, 'message.new')) return;
    const begin = at + marker.length;
    samples.push(performance.now() - Number(frame.toString('latin1', begin, frame.indexOf(';', begin, 'latin1'))));
  };
  const sockets: WebSocket[] = [];
  await inLanes(clients, 20, async (i) => {
    const member = members[i % members.length];
    if (member) sockets.push(await benchSocket(urls[i % urls.length] ?? '', member.token, onFrame));
  });
  const [sender] = sockets;
  const count = ratePerSecond * seconds;
  const from = performance.now();
  for (let n = 0; n < count; n++) {
    const late = from + (n * 1_000) / ratePerSecond - performance.now();
    if (late > 0) await wait(late);
    const text = `${marker}${performance.now()};${'x'.repeat(100)}`;
    sender?.send(
      JSON.stringify({ event: 'message.send', payload: { messageId: randomUUID(), channelId, text, clientTs: Date.now() } }),
    );
  }
  for (let i = 0; i < 100 && samples.length < count * clients; i++) await wait(50);
  for (const socket of sockets) socket.close();
  const settled = samples.slice(Math.floor(samples.length / 10)); // the first tenth warms up
  return { p50: percentile(settled, 0.5), p99: percentile(settled, 0.99), delivered: samples.length / (count * clients) };
}
