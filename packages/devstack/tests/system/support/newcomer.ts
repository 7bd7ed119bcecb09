import { setTimeout as sleep } from 'node:timers/promises';
import type { ChannelCursor, MessageState, ServerPayload } from '@storm/shared/protocol';
import { expect } from 'vitest';
import { Socket } from '../../../src/clients/socket.js';
import type { Person } from '../../../src/scenario/cast.js';
import { eventually } from '../../../src/testing/index.js';
import type { Connected } from './crowd.js';

/** Somebody who came while something was away. */
export interface Newcomer extends Connected {
  ready: ServerPayload<'connection.ready'>;
  /** From its first attempt to `connection.ready`. */
  ms: number;
}

const patienceMs = 60_000;

/** Connects, again and again as a client would, until it is let in. */
export async function arrive(person: Person, gateway: string): Promise<Newcomer> {
  const began = performance.now();
  for (;;) {
    try {
      const connected = await Socket.connect(gateway, person.accessToken);
      return { ...person, ...connected, ms: performance.now() - began };
    } catch (error) {
      if (performance.now() - began > patienceMs) throw error;
      await sleep(200);
    }
  }
}

/**
 * It learnt where the channel is, at once or later, and every message after that, or after `since`, once and in order: live, or
 * by a `sync` that it asked for.
 */
export async function expectFollowing(
  { socket, ready }: Newcomer,
  channelId: string,
  { history, since }: { history: readonly MessageState[]; since?: number },
): Promise<void> {
  const cursor = await eventually(() => cursorsOf(socket, ready).find((one) => one.channelId === channelId), {
    timeoutMs: patienceMs,
    what: 'a newcomer to learn of its channel',
  });
  const from = since ?? cursor.seq;
  const expected = history.filter(({ seq }) => seq > from).map(({ seq, id }) => `${seq} ${id}`);
  await eventually(() => expect(learnt(socket, channelId, from)).toEqual(expected));
}

/** The `seq` of the last message that it has, or of the channel when it came. */
export function newestOf({ socket, ready }: Pick<Newcomer, 'socket' | 'ready'>, channelId: string): number {
  const cursors = cursorsOf(socket, ready).flatMap((one) => (one.channelId === channelId ? [one.seq] : []));
  const heard = socket.kept.flatMap(({ event, payload }) =>
    event === 'message.new' && payload.channelId === channelId ? [payload.seq] : [],
  );
  return Math.max(0, ...cursors, ...heard);
}

function cursorsOf(socket: Socket, { channels }: ServerPayload<'connection.ready'>): ChannelCursor[] {
  return [...channels, ...socket.kept.flatMap((frame) => (frame.event === 'channels.more' ? frame.payload.channels : []))];
}

/** The messages after a change that came, as they came. */
function learnt(socket: Socket, channelId: string, since: number): string[] {
  const states = socket.kept.flatMap((frame): readonly Named[] => {
    if (frame.event === 'message.new') return [frame.payload];
    if (frame.event !== 'sync.changes') return [];
    return frame.payload.events.flatMap(({ event, payload }) => (event === 'message.new' ? [payload as unknown as Named] : []));
  });
  return states.flatMap(({ channelId: of, seq, id }) => (of === channelId && seq > since ? [`${seq} ${id}`] : []));
}

type Named = Pick<MessageState, 'channelId' | 'seq' | 'id'>;
