import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { benchSocket, isEvent } from '../lib/bench-socket.js';

const underWay = 400;
/** Messages that a channel gets one after the other while it is filled: they travel in one job. */
const run = 100;
const text = 'x'.repeat(100);

/** Speaks in all channels in turn. */
export class Talker {
  #verdicts = 0;
  #socket: WebSocket | undefined;
  #onVerdict: () => void = () => undefined;

  constructor(private readonly channels: readonly string[]) {}

  async connect(url: string, token: string): Promise<void> {
    this.#socket = await benchSocket(url, token, (frame) => {
      if (!isEvent(frame, 'message.result')) return;
      this.#verdicts += 1;
      this.#onVerdict();
    });
  }

  /** Sends so many in all, as fast as they are persisted; resolves when all are. */
  async fill(count: number): Promise<void> {
    const until = this.#verdicts + count;
    let sent = 0;
    await new Promise<void>((resolve) => {
      this.#onVerdict = () => {
        if (this.#verdicts >= until) resolve();
        else if (sent < count) this.#send(Math.floor(sent++ / run));
      };
      while (sent < Math.min(underWay, count)) this.#send(Math.floor(sent++ / run));
    });
    this.#onVerdict = () => undefined;
  }

  /** Sends so many a second until the returned function is called. */
  talk(perSecond: number): () => void {
    let next = 0;
    const timer = setInterval(() => this.#send(next++), 1_000 / perSecond);
    return () => clearInterval(timer);
  }

  close(): void {
    this.#socket?.close();
  }

  #send(n: number): void {
    const channelId = this.channels[n % this.channels.length];
    const payload = { messageId: randomUUID(), channelId, text, clientTs: Date.now() };
    this.#socket?.send(JSON.stringify({ event: 'message.send', payload }));
  }
}
