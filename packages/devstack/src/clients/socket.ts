import { randomUUID } from 'node:crypto';
import { serverPayloads, type ClientEvent, type ServerEvent, type ServerPayload } from '@storm/shared/protocol';
import { WebSocket } from 'ws';
import { z } from 'zod';

const Frame = z.object({
  event: z.enum(Object.keys(serverPayloads) as [ServerEvent, ...ServerEvent[]]),
  requestId: z.string().optional(),
  payload: z.unknown(),
});

/** A frame that the gateway sent, parsed by the schema of its event. */
export type Received = {
  [E in ServerEvent]: { event: E; requestId?: string | undefined; payload: ServerPayload<E> };
}[ServerEvent];

type Waiter = { accepts: (frame: Received) => boolean; resolve: (frame: Received) => void; reject: (error: Error) => void };

/** One user's connection to a gateway. What arrives is kept until somebody asks for it. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #frames: Received[] = [];
  readonly #waiters = new Set<Waiter>();
  #ended: Error | undefined;
  /** The close code, once there is one, and when it came by `performance.now()`. */
  readonly closed: Promise<{ code: number; at: number }>;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.closed = new Promise((resolve) => this.#socket.on('close', (code) => resolve({ code, at: performance.now() })));
    this.#socket.on('message', (data) => this.#receive((data as Buffer).toString()));
    this.#socket.on('close', (code) => this.#end(new Error(`the gateway closed the connection with ${code}`)));
    this.#socket.on('error', (error) => this.#end(error));
  }

  /** Connects, says who it is in the first frame, and waits to be told that it is ready. Throws, disconnected, if it is not. */
  static async connect(url: string, token: string): Promise<{ socket: Socket; ready: ServerPayload<'connection.ready'> }> {
    const socket = new Socket(url);
    socket.#socket.once('open', () => socket.send('authenticate', { token }));
    try {
      return { socket, ready: await socket.next('connection.ready') };
    } catch (error) {
      socket.#socket.terminate();
      throw error;
    }
  }

  /** Sends a frame; returns the request id by which answers name it. */
  send(event: ClientEvent, payload: Record<string, unknown>): string {
    const requestId = randomUUID();
    this.#socket.send(JSON.stringify({ event, requestId, payload }));
    return requestId;
  }

  /** Takes the first frame of that event that fits, arrived already or yet to come. Throws after `timeoutMs`, default 10,000. */
  async next<E extends ServerEvent>(
    event: E,
    fits: (payload: ServerPayload<E>) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<ServerPayload<E>> {
    const accepts = (frame: Received) => frame.event === event && fits(frame.payload as ServerPayload<E>);
    const kept = this.#frames.findIndex(accepts);
    const frame = kept >= 0 ? this.#frames.splice(kept, 1)[0] : await this.#wait(event, accepts, timeoutMs);
    return frame?.payload as ServerPayload<E>;
  }

  /** Sends a frame and takes the one that answers it, whatever its event. Throws after `timeoutMs`, default 10,000. */
  ask(event: ClientEvent, payload: Record<string, unknown>, timeoutMs = 10_000): Promise<Received> {
    const requestId = this.send(event, payload);
    return this.#wait(`answer to ${event}`, (frame) => frame.requestId === requestId, timeoutMs);
  }

  /** What has arrived and nobody took. */
  get kept(): readonly Received[] {
    return this.#frames;
  }

  /** Ends it without a word, as a network would. */
  cut(): void {
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.close(1000);
    await closed;
  }

  #wait(what: string, accepts: Waiter['accepts'], timeoutMs: number): Promise<Received> {
    return new Promise<Received>((resolve, reject) => {
      const waiter = { accepts, resolve: settle(resolve), reject: settle(reject) };
      const late = setTimeout(() => waiter.reject(new Error(`no ${what} within ${timeoutMs} ms`)), timeoutMs);
      const waiters = this.#waiters.add(waiter);
      if (this.#ended) waiter.reject(this.#ended);

      function settle<T>(how: (value: T) => void): (value: T) => void {
        return (value) => {
          clearTimeout(late);
          waiters.delete(waiter);
          how(value);
        };
      }
    });
  }

  #receive(text: string): void {
    const { event, requestId, payload } = Frame.parse(JSON.parse(text));
    const frame = { event, requestId, payload: serverPayloads[event].parse(payload) } as Received;
    const waiter = [...this.#waiters].find(({ accepts }) => accepts(frame));
    if (waiter) waiter.resolve(frame);
    else this.#frames.push(frame);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const waiter of [...this.#waiters]) waiter.reject(this.#ended);
  }
}
