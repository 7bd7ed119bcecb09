import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import {
  messageIdOf,
  changeAad,
  changesQueue,
  type Change,
  type ChangeJob,
  type JobEntry,
  type RedisNames,
  type SealedPart,
} from '../../contracts/index.js';
import type { MessageId, Verdict } from '../../protocol/index.js';
import { aadOf, type SealContext, type Sealer } from '../crypto/index.js';
import type { StormError} from '../errors/storm-error.js';
import { unavailable } from '../errors/storm-error.js';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';
import { Pending } from '../replies/pending.js';
import type { Replies } from '../replies/replies.js';
import { jobIdOf, type Vitals } from '../vitals/vitals.js';
import { pressureOf, type Pressure, type PressureLimits } from './pressure.js';
import { ShardBuffer, type BatchLimits } from './shard-buffer.js';

export interface IntakeOptions {
  /** A `producer` connection. */
  redis: Redis;
  names: RedisNames;
  sealer: Sealer;
  replies: Replies;
  vitals: Vitals;
  pressure: PressureLimits;
  log: Logger;
  batch?: Partial<BatchLimits>;
  /** Changes without a verdict that this process may have at once. */
  maxUnderWay?: number;
  now?: () => number;
}

/** A change is in the queue. */
export interface Queued {
  /** The id that the message has, or will have; of a change that names one, that is not it. */
  id: MessageId;
  /** Exactly one: settles when the worker has decided, or as `failed`/`UNAVAILABLE` when the answer is lost. Never rejects. */
  verdict: Promise<Verdict>;
}

interface Waiting {
  change: Change;
  bytes: number;
  intakeId: string;
  queued: (queued: Queued) => void;
  refused: (error: StormError) => void;
}

const defaults: BatchLimits = { entries: 512, bytes: 512 * 1024, waiting: 5_000, lingerMs: 3 };
/** A verdict can take as long as the database is away; past this the client is told to ask again. */
const verdictMs = 15 * 60_000;
/** After a broken link the verdicts sent meanwhile are lost; later ones still come. */
const verdictAfterBreakMs = 30_000;

/** The one way of a change into the queue, for REST and WebSocket alike: seal, group commit, wait for the verdict. */
export class Intake {
  readonly #buffers: ShardBuffer<Waiting>[];
  readonly #queues: Queue[];
  /** `undefined`: the verdict is lost. */
  readonly #pending: Pending<Verdict | undefined>;
  readonly #now: () => number;
  readonly #sweep: NodeJS.Timeout;
  #brokenAt = 0;

  constructor(private readonly options: IntakeOptions) {
    const { names, redis, replies, log } = options;
    this.#now = options.now ?? Date.now;
    this.#pending = new Pending(options.maxUnderWay ?? 50_000, this.#now);
    this.#queues = Array.from({ length: names.shards }, (_, shard) => {
      const queue = new Queue(changesQueue, {
        connection: redis,
        prefix: names.shardPrefix(shard),
        // Both: a queue whose first connection fails would else refuse for ever.
        skipWaitingForReady: true,
        skipVersionCheck: true,
        skipMetasUpdate: true,
        streams: { events: { maxLen: 10 } },
      });
      queue.on('error', (error) => log.debug({ err: error, shard }, 'queue'));
      return queue;
    });
    this.#buffers = this.#queues.map(
      (_, shard) => new ShardBuffer({ ...defaults, ...options.batch }, (batch) => this.#add(shard, batch)),
    );
    replies.listen({
      verdict: (intakeId, verdict) => this.#pending.settle(intakeId, verdict),
      broken: () => {
        this.#brokenAt = this.#now();
        for (const buffer of this.#buffers) buffer.forgetJobs();
      },
    });
    this.#sweep = setInterval(() => this.#expire(), 5_000).unref();
  }

  /** How hard intake is pressed now: `slow` is told to senders before anything is refused. */
  get pressure(): Pressure {
    return pressureOf(this.options.vitals.reading, this.options.pressure);
  }

  /** Changes that wait here for their job, and those whose verdict is not in. */
  get depth(): { waiting: number; underWay: number } {
    return { waiting: this.#buffers.reduce((sum, buffer) => sum + buffer.size, 0), underWay: this.#pending.size };
  }

  /**
   * Resolves when the change is in the queue (`queued`). Rejects with `UNAVAILABLE` when it may or may not be: the same
   * again, under the same id, is always safe.
   */
  submit(change: Change): Promise<Queued> {
    const { pressure } = this;
    if (pressure.level === 'refuse') return Promise.reject(unavailable(pressure.why ?? 'refused', pressure.retryAfterMs));
    const shard = this.options.names.shardOf(change.channelId);
    const buffer = this.#buffers[shard];
    if (!buffer || buffer.full || this.#pending.full) return Promise.reject(unavailable('too many changes are under way', 1_000));
    if (!this.options.replies.live) return Promise.reject(unavailable('the way back for verdicts is broken', 1_000));
    return new Promise((queued, refused) => {
      const text = change.body.kind === 'message' ? change.body.text.length : 0;
      buffer.push({ change, bytes: 400 + 2 * text, intakeId: randomBytes(12).toString('base64url'), queued, refused });
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }

  /** Resolves once nothing waits here for its job: what a stop waits for before it closes the connection. */
  async drained(): Promise<void> {
    while (this.#buffers.some((buffer) => buffer.size > 0)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #add(shard: number, batch: Waiting[]): Promise<boolean> {
    const verdicts: Promise<Verdict>[] = [];
    try {
      const context = await this.options.sealer.current();
      // Before the add: the verdict may be faster than the answer to it.
      for (const { intakeId, change } of batch) {
        verdicts.push(
          new Promise((settle) => this.#pending.add(intakeId, context, (verdict) => settle(verdict ?? lostVerdict(change)))),
        );
      }
      const job = this.#seal(context, batch);
      await this.#queues[shard]?.add('changes', job, {
        jobId: jobIdOf(this.#now(), randomBytes(6).toString('base64url')),
        removeOnComplete: true,
        attempts: 1,
      });
    } catch (error) {
      this.options.log.debug({ err: error, shard }, 'a job could not be added');
      // It may be in the queue all the same; its verdict then finds nobody.
      for (const { intakeId, refused } of batch) {
        this.#pending.forget(intakeId);
        refused(unavailable('the queue did not answer', 1_000));
      }
      return false;
    }
    batch.forEach(({ change, queued }, i) => {
      const verdict = verdicts[i];
      if (verdict) queued({ id: messageIdOf(change.channelId, change.senderId, change.changeId), verdict });
    });
    void Promise.all(verdicts).then(() => this.#buffers[shard]?.jobDone());
    return true;
  }

  #seal(context: SealContext, batch: Waiting[]): ChangeJob {
    const replyTo = this.options.replies.processId;
    const entries = batch.map(({ change, intakeId }): JobEntry => {
      const { channelId, senderId, changeId, senderRole, wantsState, body } = change;
      const clear = { intakeId, channelId, senderId, changeId };
      const part: SealedPart = { senderRole, wantsState, body };
      const box = context.seal(Buffer.from(JSON.stringify(part)), aadOf(...changeAad(clear, replyTo)));
      return { ...clear, box: box.toString('base64') };
    });
    return { v: 1, header: context.header, replyTo, entries };
  }

  #expire(): void {
    const now = this.#now();
    this.#pending.expire(now - verdictMs, undefined);
    if (this.#brokenAt && now - this.#brokenAt > verdictAfterBreakMs) {
      this.#pending.expire(this.#brokenAt, undefined);
      this.#brokenAt = 0;
    }
  }
}

const lostVerdict = ({ channelId, changeId }: Change): Verdict => ({
  status: 'failed',
  channelId,
  changeId,
  code: 'UNAVAILABLE',
  message: 'The answer was lost: send the same again, under the same id',
});
