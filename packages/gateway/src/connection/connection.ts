import { randomBytes } from 'node:crypto';
import type { Writable } from 'node:stream';
import type { AccessClaims, ChannelCursor, CloseCode, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import { closeCodes } from '@storm/shared/protocol';
import type { WebSocket } from 'ws';
import type { LocalUser } from '../hub/local-user.js';
import type { Member } from '../hub/member.js';
import { TokenBucket } from '../limits/token-bucket.js';
import type { Flusher } from '../outbox/flusher.js';
import { textFrame } from '../outbox/frame.js';
import { Outbox, type OutboxLimits } from '../outbox/outbox.js';

export interface ConnectionOptions {
  socket: WebSocket;
  /** The socket below it. */
  raw: Writable;
  /** The client's, as far as proxies are believed. */
  address: string;
  outbox: OutboxLimits;
  flusher: Flusher;
  heartbeatMs: number;
  /** By when it must have said who it is, in epoch milliseconds. */
  authenticateBy: number;
  now: () => number;
  epoch: () => string;
  /** Called once, in the turn in which it ends, whoever ended it. */
  onClosed: (connection: Connection, code: number) => void;
}

export interface Identity {
  claims: AccessClaims;
  user: LocalUser;
}

/** One socket: who is at its other end, what waits for it, and whether it still lives. */
export class Connection implements Member {
  readonly id = randomBytes(12).toString('base64url');
  readonly outbox: Outbox;
  /** Undefined until it has said who it is. */
  identity: Identity | undefined;
  /** Settles when its channels are joined; never rejects. */
  joining: Promise<void> = Promise.resolve();
  /** Renewals of its identity: each costs a question. */
  readonly renewals: TokenBucket;
  /** When it was last told to slow down, in epoch milliseconds. */
  slowedAt = 0;
  /** Of the `authenticate` that `connection.ready` answers. */
  readyRequestId: string | undefined;
  #ready = false;
  #closed = false;
  #heard = true;
  #pingAt: number;

  constructor(private readonly options: ConnectionOptions) {
    const { socket, raw, now, flusher, heartbeatMs } = options;
    this.renewals = new TokenBucket({ perMinute: 6, burst: 5 }, now());
    this.outbox = new Outbox({
      socket: raw,
      isOpen: () => socket.readyState === socket.OPEN,
      limits: options.outbox,
      flusher,
      now,
      onTooSlow: () => this.close(closeCodes.tooSlow, 'too slow to read'),
    });
    // Spread over a heartbeat, so that connections made together are not pinged together.
    this.#pingAt = now() + heartbeatMs * (0.5 + Math.random() / 2);
    socket.on('pong', () => (this.#heard = true));
    socket.on('error', () => undefined); // ws closes it with the right code; what remains is the close
    socket.on('close', (code: number) => this.#end(code));
  }

  get address(): string {
    return this.options.address;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  push(frame: Buffer): void {
    this.outbox.push(frame);
  }

  send<E extends ServerEvent>(event: E, payload: ServerPayload<E>, requestId?: string): void {
    if (this.#closed) return;
    const frame = requestId === undefined ? { event, payload } : { event, requestId, payload };
    this.push(textFrame(Buffer.from(JSON.stringify(frame))));
  }

  ready(channels: ChannelCursor[], degraded: boolean): void {
    if (!this.identity || this.#closed) return;
    const { sub: userId, sid: sessionId } = this.identity.claims;
    const { epoch, heartbeatMs, now } = this.options;
    this.#ready = true;
    this.send(
      'connection.ready',
      {
        userId,
        sessionId,
        connectionId: this.id,
        epoch: epoch(),
        serverTs: now(),
        heartbeatMs,
        ...(degraded ? { degraded: true as const } : {}),
        channels,
      },
      this.readyRequestId,
    );
  }

  /** Something came from the client: it lives. */
  heard(): void {
    this.#heard = true;
  }

  /** Sends what waits, then the close; ws destroys the socket when the client doesn't answer in time. */
  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.outbox.close();
    this.options.socket.close(code, reason);
    this.#end(code);
  }

  terminate(): void {
    this.options.socket.terminate();
    this.#end(1006);
  }

  /** Called about every second: the limits that only time shows. */
  tick(now: number): void {
    const { authenticateBy, heartbeatMs, socket } = this.options;
    if (this.#closed) return;
    if (!this.identity && now >= authenticateBy) return this.close(closeCodes.unauthorized, 'not authenticated in time');
    if (this.identity && now >= this.identity.claims.exp * 1000)
      return this.close(closeCodes.unauthorized, 'the token has expired');
    this.outbox.checkStall();
    if (this.#closed || now < this.#pingAt) return;
    if (!this.#heard) return this.terminate();
    this.#heard = false;
    this.#pingAt = now + heartbeatMs;
    socket.ping();
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.destroy();
    this.options.onClosed(this, code);
  }
}
