import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from '../../../src/clients/socket.js';
import { draft, type Draft } from './messages.js';

/** What became of one attempt to send. */
export interface Attempt {
  queued: boolean;
  /** How long the answer took. */
  ms: number;
  /** Of a refusal. */
  code?: string;
  /** When to come back, as the refusal says it. */
  retryAfterMs?: number | undefined;
  /** The sender was asked to slow down. */
  slowDown: boolean;
}

/** One way of a message into the queue. Throws when there is no answer at all. */
export type Way = (message: Draft) => Promise<Attempt>;

export function wayOfRest(api: string, accessToken: string): Way {
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  return async ({ channelId, ...message }) => {
    const began = performance.now();
    const url = `${api}/api/v1/channels/${channelId}/messages`;
    const init = { method: 'POST', headers, body: JSON.stringify(message), signal: AbortSignal.timeout(30_000) };
    const response = await fetch(url, init);
    const { error } = (await response.json()) as { error?: { code: string } };
    const retryAfter = response.headers.get('retry-after');
    return {
      queued: response.status === 202,
      ms: performance.now() - began,
      slowDown: response.headers.has('x-storm-slow-down'),
      ...(error ? { code: error.code, retryAfterMs: retryAfter === null ? undefined : Number(retryAfter) * 1_000 } : {}),
    };
  };
}

export function wayOfSocket(socket: Socket): Way {
  return async (message) => {
    const began = performance.now();
    const { event, payload } = await socket.ask('message.send', { ...message }, 30_000);
    const ms = performance.now() - began;
    const slowDown = socket.kept.some((frame) => frame.event === 'slow_down');
    if (slowDown) await socket.next('slow_down');
    if (event === 'message.ack') return { queued: true, ms, slowDown };
    if (event !== 'error') throw new Error(`${event} is no answer to a send`);
    return { queued: false, ms, slowDown, code: payload.code, retryAfterMs: payload.retryAfterMs };
  };
}

export interface SenderOptions {
  senderId: string;
  channelId: string;
  way: Way;
  /** Between two messages, in milliseconds. */
  paceMs: number;
  /** Of the n-th message, from 0. Default: its number. */
  text?: (n: number) => string;
}

/** Between a refusal and the next attempt: less than was asked for, so that refusals are many. */
const retryMs = 200;

/** Sends until it is told to end, each message after the one before was queued; a refused one again, under the same id. */
export class Sender {
  /** What was acknowledged, in order. */
  readonly queued: Draft[] = [];
  readonly attempts: Attempt[] = [];
  readonly #sending: Promise<void>;
  #ended = false;

  constructor(private readonly options: SenderOptions) {
    this.#sending = this.#send();
    this.#sending.catch(() => undefined); // told by `end`
  }

  get senderId(): string {
    return this.options.senderId;
  }

  /** Resolves when the message that is on its way is queued. Throws what went wrong. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#sending;
  }

  async #send(): Promise<void> {
    const { channelId, way, paceMs, text = String } = this.options;
    while (!this.#ended) {
      const message = draft(channelId, text(this.queued.length));
      for (;;) {
        const attempt = await way(message);
        this.attempts.push(attempt);
        if (attempt.queued) break;
        await sleep(retryMs);
      }
      this.queued.push(message);
      await sleep(paceMs);
    }
  }
}
