import { clientError, StormError, type ClientError, type Logger } from '@storm/shared/node';
import { ClientFrame, clientPayloads, closeCodes, isClientEvent, type ClientEvent } from '@storm/shared/protocol';
import type { RawData } from 'ws';
import { handle, type FrameContext } from '../frames/index.js';
import { TokenBucket } from '../limits/token-bucket.js';
import type { Connection } from './connection.js';
import { isMergedFrame } from './merged-frame.js';
import { parseJson } from './parse-json.js';
import { sendError, sendFailure } from './send-error.js';

export interface ReceiveOptions {
  context: FrameContext;
  log: Logger;
  now: () => number;
  /** Undefined: as many as they like. */
  framesPerMinute: number | undefined;
  counts: { frames: number; malformed: number; limited: number };
}

/** Frames kept while it is found out who somebody is. */
const backlogMax = 32;
/** Frames after our close that are read and dropped: what was on its way while the close was. */
const lateMax = 32;
/** Of frames that are swallowed so many are read at once; then nothing is, for so many milliseconds. */
const swallowedAtOnce = 100;
const restMs = 200;
/** What is refused as malformed or too much counts against this; past it the connection is closed with 4429. */
const patience = { perMinute: 20, burst: 20 };

/** Takes the frames of one connection: parses each, and gives it to its event's handler. Whatever is wrong with one is answered with `error`. */
export class Receiver {
  // An idle connection sends nothing: the buckets are made with the first frame of their kind.
  #frames: TokenBucket | undefined;
  /** Of frames of which the next one says the same: more than the limit are swallowed, and take nothing from the others. */
  #merged: TokenBucket | undefined;
  #patience: TokenBucket | undefined;
  #backlog: Buffer[] | undefined;
  #late = 0;
  #swallowed = 0;

  constructor(
    private readonly connection: Connection,
    private readonly options: ReceiveOptions,
  ) {}

  receive(data: RawData, isBinary: boolean): void {
    const { connection } = this;
    const { counts } = this.options;
    if (connection.closed) return this.#isLate();
    connection.heard();
    counts.frames += 1;
    const isMerged = isMergedFrame(data as Buffer);
    const wait = isMerged ? this.#take((this.#merged ??= this.#bucket())) : this.#take((this.#frames ??= this.#bucket()));
    if (isMerged && wait > 0) return this.#swallow();
    if (wait > 0) {
      counts.limited += 1;
      return this.#refuse(clientError(new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait })));
    }
    if (isBinary) return this.#malformed(new StormError('VALIDATION_ERROR', { message: 'Binary frames are refused' }));
    // Text comes as one Buffer: ws makes arrays only where it is asked to.
    if (!this.#backlog) return this.#dispatch(data as Buffer);
    if (this.#backlog.length >= backlogMax) return connection.close(closeCodes.abuse, 'too many frames before an answer');
    this.#backlog.push(data as Buffer);
  }

  /** A ping of the client's, or a pong that nobody asked for: ws answers by itself, and it counts like a frame. */
  control(): void {
    if (this.connection.closed) return this.#isLate();
    if (this.#take((this.#frames ??= this.#bucket())) === 0) return;
    this.options.counts.limited += 1;
    if (this.#losesPatience()) this.connection.close(closeCodes.abuse, 'too many control frames');
  }

  /** Holds back what comes until something is settled; what it rejects with becomes `error`. */
  hold(until: Promise<void>, requestId?: string): void {
    this.#backlog ??= [];
    until.catch((error: unknown) => this.#fail(error, requestId)).finally(() => this.#release());
  }

  #bucket(): TokenBucket | undefined {
    const { framesPerMinute, now } = this.options;
    return framesPerMinute === undefined
      ? undefined
      : new TokenBucket({ perMinute: framesPerMinute, burst: framesPerMinute }, now());
  }

  #take(bucket: TokenBucket | undefined): number {
    return bucket?.take(this.options.now()) ?? 0;
  }

  #losesPatience(): boolean {
    const { now } = this.options;
    return (this.#patience ??= new TokenBucket(patience, now())).take(now()) > 0;
  }

  /** Costs little, but not nothing: who goes on and on is read from more slowly. */
  #swallow(): void {
    this.options.counts.limited += 1;
    this.#swallowed += 1;
    if (this.#swallowed % swallowedAtOnce === 0) this.connection.rest(restMs);
  }

  /** Who was sent away and goes on sending would be parsed for as long as its closing handshake may take. */
  #isLate(): void {
    this.#late += 1;
    if (this.#late === lateMax) this.connection.stopReading();
  }

  #dispatch(data: Buffer): void {
    const { connection } = this;
    let requestId: string | undefined;
    try {
      const raw = parseJson(data);
      requestId = requestIdOf(raw);
      const { event, payload } = ClientFrame.parse(raw);
      if (!isClientEvent(event)) throw new StormError('VALIDATION_ERROR', { message: 'There is no such event' });
      const parsed = clientPayloads[event].parse(payload);
      if (!connection.identity && event !== 'authenticate') {
        return connection.close(closeCodes.unauthorized, 'authenticate first');
      }
      this.#log(event, parsed);
      const handling = handle(event, { connection, payload: parsed, requestId, context: this.options.context });
      if (handling) this.hold(handling, requestId);
    } catch (error) {
      if (isMalformed(error)) this.#malformed(error, requestId);
      else this.#fail(error, requestId);
    }
  }

  /** Names of ours only: what else is in a frame may be text, its request id too. */
  #log(event: ClientEvent, payload: object): void {
    const { log } = this.options;
    if (!log.isLevelEnabled('debug')) return;
    log.debug({ event, ...('channelId' in payload ? { channelId: payload.channelId } : {}) }, 'frame');
  }

  #release(): void {
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    while (backlog.length > 0 && !this.connection.closed && !this.#isHolding()) this.#dispatch(backlog.shift() as Buffer);
    if (backlog.length > 0) this.#backlog = backlog; // the last one holds back the rest again
  }

  #isHolding(): boolean {
    return this.#backlog !== undefined;
  }

  #malformed(error: unknown, requestId?: string): void {
    this.options.counts.malformed += 1;
    this.#refuse(clientError(error), requestId);
  }

  #refuse(error: ClientError, requestId?: string): void {
    if (this.#losesPatience()) return this.connection.close(closeCodes.abuse, 'too many frames were refused');
    sendError(this.connection, error, requestId);
  }

  #fail(error: unknown, requestId: string | undefined): void {
    sendFailure(this.connection, error, this.options.log, requestId);
  }
}

function requestIdOf(raw: unknown): string | undefined {
  const { requestId } = (raw ?? {}) as { requestId?: unknown };
  return typeof requestId === 'string' && requestId.length >= 1 && requestId.length <= 128 ? requestId : undefined;
}

const isMalformed = (error: unknown): boolean => clientError(error).code === 'VALIDATION_ERROR';
