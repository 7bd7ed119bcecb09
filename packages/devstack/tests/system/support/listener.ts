import { once } from 'node:events';
import type { ChannelCursor, clientPayloads, ClientEvent, ServerPayload } from '@storm/shared/protocol';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import { eventually } from '../../../src/testing/index.js';

/** A device that counts what it is sent, frame by frame. */
export class Listener {
  /** Its user's channels, as it was told so far. */
  readonly cursors: ChannelCursor[] = [];
  /** Sizes in bytes of the frames that told it: `connection.ready` first. */
  readonly sizes: number[] = [];
  /** By channel, the messages that arrived live. */
  readonly messages = new Map<string, number>();
  /** Until `connection.ready`, and until the last of `channels.more`, in milliseconds. */
  readyMs = 0;
  completeMs = 0;
  /** Verdicts by the id of the message or change. */
  readonly verdicts = new Map<string, string>();

  /** By channel, how far its user has read, as it was told. */
  readonly reads = new Map<string, number>();

  private constructor(private readonly socket: WebSocket) {}

  /** Resolves when it was told of so many channels. */
  static async connect(url: string, token: string, channels: number): Promise<Listener> {
    const began = performance.now();
    const listener = new Listener(new WebSocket(url, { headers: { authorization: `Bearer ${token}` } }));
    listener.socket.on('message', (data) => listener.#receive(data as Buffer, performance.now() - began));
    await eventually(() => listener.sizes.length > 0 && listener.cursors.length >= channels, { timeoutMs: 120_000 });
    return listener;
  }

  say<E extends ClientEvent>(event: E, payload: z.input<(typeof clientPayloads)[E]>): void {
    this.socket.send(JSON.stringify({ event, payload }));
  }

  async end(): Promise<void> {
    const closed = once(this.socket, 'close');
    this.socket.close(1000);
    await closed;
  }

  #receive(data: Buffer, at: number): void {
    const { event, payload } = JSON.parse(data.toString()) as { event: string; payload: unknown };
    switch (event) {
      case 'connection.ready':
        this.readyMs = at;
        return this.#learn((payload as ServerPayload<'connection.ready'>).channels, data, at);
      case 'channels.more':
        return this.#learn((payload as ServerPayload<'channels.more'>).channels, data, at);
      case 'message.new': {
        const { channelId } = payload as ServerPayload<'message.new'>;
        this.messages.set(channelId, (this.messages.get(channelId) ?? 0) + 1);
        return;
      }
      case 'message.result': {
        const { messageId, changeId, status } = payload as ServerPayload<'message.result'>;
        this.verdicts.set(messageId ?? changeId ?? '', status);
        return;
      }
      case 'receipt.read': {
        const { channelId, position } = payload as ServerPayload<'receipt.read'>;
        this.reads.set(channelId, position);
      }
    }
  }

  #learn(cursors: readonly ChannelCursor[], { length }: Buffer, at: number): void {
    this.cursors.push(...cursors);
    this.sizes.push(length);
    this.completeMs = at;
  }
}
