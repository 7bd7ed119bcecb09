import type { Writable } from 'node:stream';
import type { AccessClaims, ChannelCursor, ChannelId, CloseCode, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import { closeCodes } from '@storm/shared/protocol';
import type { WebSocket } from 'ws';
import type { LocalUser } from '../hub/local-user.js';
import type { Member } from '../hub/member.js';
import type { Lease } from '../leases/leases.js';
import { TokenBucket } from '../limits/token-bucket.js';
import { Turns } from '../limits/turns.js';
import { textFrame } from '../outbox/frame.js';
import { Outbox, type OutboxOptions } from '../outbox/outbox.js';
import { TypingTurns } from '../typing/typing-turns.js';
import { expiringAt, leavesAt } from './lifetime.js';

/** What all connections of a process share. */
export interface ConnectionOptions {
  outbox: OutboxOptions;
  heartbeatMs: number;
  /** How long one may take to say who it is, in milliseconds. */
  authenticateMs: number;
  /** How long before the end of its token a client is told of it, in milliseconds. */
  expiringMs: number;
  /** How long it may live, in seconds; 0 for ever. */
  maxSeconds: number;
  now: () => number;
  epoch: () => string;
  /** It lacks what a channel had after `seq`. */
  onBehind: (connection: Connection, channelId: ChannelId, seq: number) => void;
  /** Called once, in the turn in which it ends, whoever ended it. */
  onClosed: (connection: Connection, code: number) => void;
}

/** What one begins with. */
interface Beginning {
  connectionId: string;
  /** The client's. */
  address: string;
  socket: WebSocket;
  /** The socket below it. */
  raw: Writable;
  /** Its place among those that are counted; another one takes over when it has said who it is. */
  lease: Lease;
}

export interface Identity {
  claims: AccessClaims;
  user: LocalUser;
}

const longEnough = 'the connection has lived long enough';
/** Between the news that a connection has lived long enough and its close: what was just sent gets its answer. */
const partingMs = 1_000;
/** So much may wait for who is still to be told more of the same: about two frames of `channels.more`. */
const littleBytes = 64 * 1024;
/** Over how long those who leave are told to spread their return. */
const returnMs = 1_000;

const statuses = { perMinute: 30, burst: 10 };
const watchings = { perMinute: 60, burst: 20 };
const renewals = { perMinute: 6, burst: 5 };

/**
 * One socket: who is at its other end, what waits for it, and whether it still lives. Most are idle most of the time, and there
 * are many: what only some need is made when they do.
 */
export class Connection implements Member {
  readonly id: string;
  /** The client's. */
  readonly address: string;
  readonly outbox: Outbox;
  clearedIn: number | undefined;
  lease: Lease;
  #identity: Identity | undefined;
  /** Is it being checked who it says it is? Then its deadline to say so does not run. */
  introducing = false;
  /** Settles when its channels are joined; never rejects. */
  joining: Promise<void> = Promise.resolve();
  /** When it was last told to slow down, in epoch milliseconds. */
  slowedAt = 0;
  /** Of the `authenticate` that `connection.ready` answers. */
  readyRequestId: string | undefined;
  readonly #socket: WebSocket;
  readonly #raw: Writable;
  /** By when it must have said who it is, in epoch milliseconds. */
  readonly #authenticateBy: number;
  #sends: Turns | undefined;
  #typing: TypingTurns | undefined;
  #statuses: TokenBucket | undefined;
  #watchings: TokenBucket | undefined;
  #renewals: TokenBucket | undefined;
  #ready = false;
  #closed = false;
  #stopped = false;
  #heard = true;
  #pingAt: number;
  #pongsDue = 0;
  #expiringAt = Infinity;
  #leavesAt: number;
  #closesAt = Infinity;

  constructor(
    { connectionId, address, socket, raw, lease }: Beginning,
    private readonly options: ConnectionOptions,
  ) {
    const { now, heartbeatMs } = options;
    [this.id, this.address, this.#socket, this.#raw, this.lease] = [connectionId, address, socket, raw, lease];
    this.#authenticateBy = now() + options.authenticateMs;
    this.#leavesAt = leavesAt(now(), options.maxSeconds);
    this.outbox = new Outbox(raw, this, options.outbox);
    // Spread over a heartbeat, so that connections made together are not pinged together.
    this.#pingAt = now() + heartbeatMs * (0.5 + Math.random() / 2);
    socket.on('error', ignore); // ws closes it with the right code; what remains is the close
    socket.on('close', (code: number) => this.#end(code));
  }

  /** Changes that wait for their limit. */
  get sends(): Turns {
    return (this.#sends ??= new Turns());
  }

  get typing(): TypingTurns {
    return (this.#typing ??= new TypingTurns());
  }

  /** Choices of a status: each is told to all who watch. */
  get statuses(): TokenBucket {
    return (this.#statuses ??= new TokenBucket(statuses, this.options.now()));
  }

  /** Requests to watch others: each costs subscriptions and perhaps a question. */
  get watchings(): TokenBucket {
    return (this.#watchings ??= new TokenBucket(watchings, this.options.now()));
  }

  /** Renewals of its identity: each costs a question. */
  get renewals(): TokenBucket {
    return (this.#renewals ??= new TokenBucket(renewals, this.options.now()));
  }

  /** Undefined until it has said who it is. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  get userId(): string | undefined {
    return this.#identity?.user.id;
  }

  get bearer(): AccessClaims | undefined {
    return this.#identity?.claims;
  }

  /** It has said who it is, or again. */
  identify(identity: Identity): void {
    this.#identity = identity;
    this.#expiringAt = expiringAt(identity.claims, this.options.now(), this.options.expiringMs);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get isReady(): boolean {
    return this.#ready && this.clearedIn !== undefined;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  readsTooSlowly(): void {
    this.close(closeCodes.tooSlow, 'too slow to read');
  }

  push(frame: Buffer): void {
    this.outbox.push(frame);
  }

  pushEphemeral(frame: Buffer): boolean {
    return this.outbox.pushEphemeral(frame);
  }

  send<E extends ServerEvent>(event: E, payload: ServerPayload<E>, requestId?: string): void {
    if (this.#closed) return;
    const frame = requestId === undefined ? { event, payload } : { event, requestId, payload };
    this.push(textFrame(Buffer.from(JSON.stringify(frame))));
  }

  whenTaken(): Promise<void> {
    return this.outbox.whenBelow(littleBytes);
  }

  catchUp(channelId: ChannelId, seq: number): void {
    this.options.onBehind(this, channelId, seq);
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

  /** A pong came. False when it answers no ping of ours. */
  pong(): boolean {
    this.#heard = true;
    if (this.#pongsDue === 0) return false;
    this.#pongsDue -= 1;
    return true;
  }

  /** Sends what waits, then the close; ws destroys the socket when the client doesn't answer in time. */
  close(code: CloseCode, reason: string): void {
    if (this.#closed) return;
    this.outbox.close();
    this.#socket.close(code, reason);
    this.#end(code);
  }

  /** Reads nothing for a while. */
  rest(ms: number): void {
    this.#socket.pause();
    setTimeout(() => {
      if (!this.#stopped) this.#socket.resume();
    }, ms).unref();
  }

  /**
   * Reads nothing more of a socket that is being closed: what it sends stays with its sender. It still gets the close frame and
   * an end, and is destroyed when the closing handshake's time is up.
   */
  stopReading(): void {
    this.#stopped = true;
    this.#socket.pause();
    this.#raw.end();
  }

  terminate(): void {
    this.#socket.terminate();
    this.#end(1006);
  }

  /** Called about every second: the limits that only time shows. */
  tick(now: number): void {
    if (this.#closed) return;
    if (!this.identity && !this.introducing && now >= this.#authenticateBy)
      return this.close(closeCodes.unauthorized, 'not authenticated in time');
    if (this.identity && now >= this.identity.claims.exp * 1000)
      return this.close(closeCodes.unauthorized, 'the token has expired');
    if (now >= this.#closesAt) return this.close(closeCodes.goingAway, longEnough);
    this.#announce(now);
    this.outbox.checkStall();
    if (this.#closed || now < this.#pingAt) return;
    if (!this.#heard) return this.terminate();
    this.#heard = false;
    this.#pingAt = now + this.options.heartbeatMs;
    this.#pongsDue += 1;
    this.#socket.ping();
  }

  #announce(now: number): void {
    if (this.identity && now >= this.#expiringAt) {
      this.#expiringAt = Infinity;
      this.send('session.expiring', { expiresAt: this.identity.claims.exp * 1_000 });
    }
    if (now >= this.#leavesAt) {
      this.#leavesAt = Infinity;
      this.#closesAt = now + partingMs;
      this.send('connection.closing', { reason: longEnough, reconnectAfterMs: Math.round(Math.random() * returnMs) });
    }
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.outbox.destroy();
    this.lease.release();
    this.options.onClosed(this, code);
  }
}

const ignore = (): void => undefined;
