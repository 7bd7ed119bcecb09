import { eventually } from '@storm/devstack/testing';
import { serverPayloads, type ServerEvent, type ServerPayload } from '@storm/shared/protocol';
import { WebSocket, type ClientOptions } from 'ws';

export interface Received {
  event: string;
  requestId?: string;
  payload: Record<string, unknown>;
}

/** A client of the gateway that keeps all it gets, and holds every frame to the protocol's schemas. */
export class Client {
  readonly frames: Received[] = [];
  readonly socket: WebSocket;
  /** Must every frame be as the protocol says? */
  isStrict = true;
  closed: { code: number; reason: string } | undefined;
  /** Of a refused upgrade. */
  status: number | undefined;

  constructor(url: string, options: ClientOptions & { protocols?: string[] } = {}) {
    const { protocols = [], ...rest } = options;
    this.socket = new WebSocket(url, protocols, rest);
    this.socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Received;
      const schema = serverPayloads[frame.event as ServerEvent];
      if (!schema) throw new Error(`the protocol has no ${frame.event}`);
      if (this.isStrict) schema.parse(frame.payload);
      this.frames.push(frame);
    });
    this.socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    this.socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode;
      this.closed = { code: 1006, reason: '' };
      response.resume();
      this.socket.terminate();
    });
    this.socket.on('error', () => undefined);
  }

  /** Resolves when the upgrade is through, or refused. */
  async opened(): Promise<this> {
    await eventually(() => this.socket.readyState === WebSocket.OPEN || this.closed !== undefined);
    return this;
  }

  raw(data: string | Buffer, binary = false): void {
    this.socket.send(data, { binary });
  }

  send(event: string, payload: unknown, requestId?: string): void {
    this.raw(JSON.stringify({ event, payload, ...(requestId === undefined ? {} : { requestId }) }));
  }

  all<E extends ServerEvent>(event: E): ServerPayload<E>[] {
    return this.frames.filter((frame) => frame.event === event).map((frame) => frame.payload as ServerPayload<E>);
  }

  /** The n-th (from 0) frame of an event, as soon as it is there. */
  async next<E extends ServerEvent>(event: E, n = 0): Promise<ServerPayload<E>> {
    return eventually(() => {
      if (this.closed && this.all(event).length <= n) throw new Error(`closed with ${this.closed.code} before ${event}`);
      return this.all(event)[n];
    });
  }

  /** The close code, once it is closed. */
  async close(): Promise<number> {
    return eventually(() => this.closed?.code, { timeoutMs: 15_000 });
  }

  /** The `seq`s of a channel in the order in which they came: live and in `sync.changes`. */
  seqs(channelId: string): number[] {
    return this.frames.flatMap(({ event, payload }) => {
      if (payload['channelId'] !== channelId) return [];
      if (event === 'sync.changes') return (payload['events'] as Received[]).map((inner) => inner.payload['seq'] as number);
      return ['message.new', 'message.deleted', 'channel.changed'].includes(event) ? [payload['seq'] as number] : [];
    });
  }
}
