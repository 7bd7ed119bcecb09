import { WebSocket } from 'ws';
import { isEvent } from '../lib/bench-socket.js';

/** Who comes back, and with which cursors: none asks for nothing. */
export interface Wanted {
  url: string;
  clients: { token: string; cursors: Record<string, number> }[];
}

export interface Outcome {
  /** Milliseconds from the word to go until each had all that it missed. */
  times: number[];
  pages: number;
  changes: number;
  bytes: number;
  /** Channels that have to be reloaded, and pages that did not continue: 0, or the figures are of something else. */
  incomplete: number;
  broken: number;
}

/** Handshakes under way at once; as many as wait in a listening socket's queue. */
const atOnce = 250;

process.on('message', (wanted: Wanted) => void comeBack(wanted).then((outcome) => process.send?.(outcome)));
process.on('disconnect', () => process.exit(0));

async function comeBack({ url, clients }: Wanted): Promise<Outcome> {
  const outcome: Outcome = { times: [], pages: 0, changes: 0, bytes: 0, incomplete: 0, broken: 0 };
  const from = performance.now();
  const waiting = [...clients];
  const all: Promise<void>[] = [];
  const lane = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { ready, done } = follow(url, next, outcome, from);
      all.push(done);
      await ready;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  await Promise.all(all);
  return outcome;
}

function follow(url: string, { token, cursors }: Wanted['clients'][number], outcome: Outcome, from: number) {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  const missing = new Map(Object.entries(cursors));
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  const done = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data) => {
      const frame = data as Buffer;
      if (isEvent(frame, 'connection.ready')) {
        isReady();
        const { epoch } = payloadOf<{ epoch: string }>(frame);
        if (missing.size > 0) socket.send(JSON.stringify({ event: 'sync', payload: { epoch, channels: cursors } }));
      } else if (isEvent(frame, 'sync.changes')) page(frame);
      else if (isEvent(frame, 'sync.done')) end(payloadOf(frame));
      else return;
      if (missing.size > 0) return;
      outcome.times.push(performance.now() - from);
      resolve();
    });
  });
  return { ready, done };

  function page(frame: Buffer): void {
    const [, channelId = '', since, to] = range.exec(frame.toString('latin1', 0, 300)) ?? [];
    if (missing.get(channelId) !== Number(since)) outcome.broken += 1;
    missing.set(channelId, Number(to));
    outcome.pages += 1;
    outcome.changes += Number(to) - Number(since);
    outcome.bytes += frame.length;
  }

  function end({ channelId, to, complete }: { channelId: string; to: number; complete: boolean }): void {
    if (!complete) outcome.incomplete += 1;
    else if (missing.get(channelId) !== to) outcome.broken += 1;
    missing.delete(channelId);
  }
}

/** Of a page, without parsing what is in it. */
const range = /"channelId":"([^"]+)","from":(\d+),"to":(\d+)/;

const payloadOf = <T>(frame: Buffer): T => (JSON.parse(frame.toString()) as { payload: T }).payload;
