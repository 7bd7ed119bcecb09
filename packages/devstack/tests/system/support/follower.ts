import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageState, ServerPayload } from '@storm/shared/protocol';
import { WebSocket } from 'ws';

interface Options {
  /** Where to connect, asked anew for each attempt. */
  url: () => string;
  token: string;
  channelId: string;
  /** Reads all messages of the channel, for when it is told to reload. Without it, it goes on without those that it missed. */
  reload?: () => Promise<readonly Pick<MessageState, 'id' | 'text' | 'seq'>[]>;
}

/** What of a frame concerns the channel: anything that has a place in its order. */
interface Ranged {
  channelId: string;
  from?: number;
  seq: number;
  id?: string;
}

/**
 * A client that wants to miss nothing of one channel: it applies events in the order of `seq`, comes back as it is told when its
 * connection ends, and catches up by `sync`. What should never happen is noted.
 */
export class Follower {
  /** Ids of messages in the order in which they were learnt of, and their text. */
  readonly messages = new Map<string, string | null>();
  /** Frames that came twice, late, or with others missing before them. */
  readonly violations: string[] = [];
  /** When it was let in, by `performance.now()`. */
  readonly arrivals: number[] = [];
  /** How often it was told that it must reload. */
  reloads = 0;
  /** The last change that it has; undefined before it was told for the first time where the channel stands. */
  at: number | undefined;
  #socket: WebSocket | undefined;
  #ended = false;
  #returnAfterMs: number | undefined;
  /** It asked for what it missed: live events from before the gateway knew that come again with the answer. */
  #syncing = false;
  /** Frames that wait for what is being reloaded; undefined while nothing is. */
  #waiting: (() => void)[] | undefined;
  /** Up to this change it has messages from a reload, which may be named again by their own events. */
  #reloadedTo = 0;

  constructor(private readonly options: Options) {
    this.#connect();
  }

  /** Cuts the connection, as a network would: the follower comes back by itself. */
  cut(): void {
    this.#socket?.terminate();
  }

  end(): void {
    this.#ended = true;
    this.#socket?.terminate();
  }

  #connect(): void {
    const { url, token } = this.options;
    const socket = (this.#socket = new WebSocket(url(), { headers: { authorization: `Bearer ${token}` } }));
    socket.on('message', (data) => this.#receive(socket, data as Buffer));
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => void this.#return());
  }

  async #return(): Promise<void> {
    const after = this.#returnAfterMs ?? 100 + Math.random() * 400;
    this.#returnAfterMs = undefined;
    await sleep(after, undefined, { ref: false });
    if (!this.#ended) this.#connect();
  }

  #receive(socket: WebSocket, data: Buffer): void {
    if (this.#waiting) this.#waiting.push(() => this.#receive(socket, data));
    else if (socket === this.#socket) this.#follow(data);
  }

  #follow(data: Buffer): void {
    const { event, payload } = JSON.parse(data.toString()) as { event: string; payload: unknown };
    switch (event) {
      case 'connection.ready':
        return this.#arrive(payload as ServerPayload<'connection.ready'>);
      case 'channels.more':
        return this.#begin((payload as ServerPayload<'channels.more'>).channels);
      case 'connection.closing':
        this.#returnAfterMs = (payload as ServerPayload<'connection.closing'>).reconnectAfterMs;
        return;
      case 'sync.changes':
        return this.#catchUp(payload as ServerPayload<'sync.changes'>);
      case 'sync.done': {
        const { to, complete } = payload as ServerPayload<'sync.done'>;
        this.#syncing = false;
        if (!complete) void this.#reload();
        else if (to !== this.at) this.violations.push(`done at ${to} after ${this.at}`);
        this.at = to;
        return;
      }
      default:
        if (!this.#syncing && isOfChannel(payload, this.options.channelId)) this.#apply(payload);
    }
  }

  #arrive({ epoch, channels }: ServerPayload<'connection.ready'>): void {
    this.arrivals.push(performance.now());
    if (this.at === undefined) return this.#begin(channels);
    this.#syncing = true;
    this.#socket?.send(JSON.stringify({ event: 'sync', payload: { epoch, channels: { [this.options.channelId]: this.at } } }));
  }

  /** For the first time: where the channel stands, if it is named. A gateway that can't know it yet names it later. */
  #begin(channels: readonly { channelId: string; seq: number }[]): void {
    this.at ??= channels.find(({ channelId }) => channelId === this.options.channelId)?.seq;
  }

  #catchUp({ from, to, events }: ServerPayload<'sync.changes'>): void {
    if (from !== this.at) this.violations.push(`a page from ${from} after ${this.at}`);
    for (const { payload } of events) this.#apply(payload as unknown as Ranged);
    this.at = to;
  }

  async #reload(): Promise<void> {
    this.reloads += 1;
    const { reload } = this.options;
    if (!reload) return;
    const waiting: (() => void)[] = (this.#waiting = []);
    let history: Awaited<ReturnType<typeof reload>> | undefined;
    while (!history && !this.#ended) {
      history = await reload().catch(() => undefined);
      if (!history) await sleep(200, undefined, { ref: false });
    }
    this.messages.clear();
    for (const { id, text } of history ?? []) this.messages.set(id, text);
    this.#reloadedTo = history?.at(-1)?.seq ?? 0;
    this.#waiting = undefined;
    for (const frame of waiting) frame();
  }

  #apply(frame: Ranged): void {
    const from = frame.from ?? frame.seq;
    if (from !== (this.at ?? 0) + 1) this.violations.push(`${from} after ${this.at}`);
    this.at = frame.seq;
    if (frame.id === undefined) return;
    const isNew = 'senderId' in frame && frame.seq > this.#reloadedTo;
    if (isNew && this.messages.has(frame.id)) this.violations.push(`message ${frame.seq} twice`);
    if ('text' in frame || 'deletedAt' in frame) this.messages.set(frame.id, (frame as { text?: string }).text ?? null);
  }
}

const isOfChannel = (payload: unknown, channelId: string): payload is Ranged =>
  (payload as Ranged).channelId === channelId && typeof (payload as Ranged).seq === 'number';
