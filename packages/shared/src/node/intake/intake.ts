import { randomBytes } from 'node:crypto';
import type { Queue } from 'bullmq';
import {
  laneOf,
  lanes,
  messageIdOf,
  type Change,
  type ChangeJob,
  type Lane,
  type ReadMark,
  type RedisNames,
  type SealedPart,
} from '../../contracts/index.js';
import type { MessageId, Verdict } from '../../protocol/index.js';
import type { Sealer } from '../crypto/index.js';
import { unavailable, type StormError } from '../errors/storm-error.js';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';
import { Pending } from '../replies/pending.js';
import type { Replies } from '../replies/replies.js';
import type { Vitals } from '../vitals/vitals.js';
import { defaultBatchLimits, type BatchLimits } from './batch-limits.js';
import { pressureOf, type Pressure, type PressureLimits } from './pressure.js';
import { newJobId, openProducerQueue } from './producer-queue.js';
import { ReadMerger } from './read-merger.js';
import { readBytes, sealJob, sizeInJob, type Sealable } from './seal-job.js';
import { ShardBuffer } from './shard-buffer.js';

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
  /** Changes without a verdict that this process may have at once; 50,000 by default. */
  maxUnderWay?: number;
  /** After which a verdict counts as lost, in milliseconds; 15 minutes by default: the database may be away for long. */
  verdictMs?: number;
  /** The same once the link that brings verdicts broke: those sent meanwhile are lost, later ones still come. 30 s by default. */
  verdictAfterBreakMs?: number;
  /** How often at most one user's read position in one channel is put into the queue, in milliseconds; 1,000 by default. */
  readEveryMs?: number;
  /** Epoch milliseconds; `Date.now` by default. */
  now?: () => number;
}

/** A change is in the queue. */
export interface Queued {
  /** The id that the message has, or will have; of a change that names one, that is not it. */
  id: MessageId;
  /** Exactly one: settles when the worker has decided, or as `failed`/`UNAVAILABLE` when the answer is lost. Never rejects. */
  verdict: Promise<Verdict>;
}

interface ChangeEntry extends Sealable {
  bytes: number;
  verdict: Promise<Verdict>;
  queued: () => void;
  refused: (error: StormError) => void;
}

interface ReadEntry {
  bytes: number;
  read: ReadMark;
}

type Entry = ChangeEntry | ReadEntry;
const isRead = (entry: Entry): entry is ReadEntry => 'read' in entry;
const isChange = (entry: Entry): entry is ChangeEntry => !isRead(entry);

/** One queue of one shard. */
interface Way {
  queue: Queue;
  buffer: ShardBuffer<Entry>;
}

/** The one way of a change into the queue, for REST and WebSocket alike: seal, group commit, wait for the verdict. */
export class Intake {
  /** By lane, then by shard. */
  readonly #ways: Record<Lane, Way[]>;
  /** Every change from its submission to its verdict. `undefined`: the verdict is lost. */
  readonly #pending: Pending<Verdict | undefined>;
  readonly #verdictMs: number;
  readonly #verdictAfterBreakMs: number;
  readonly #reads: ReadMerger;
  readonly #sweep: NodeJS.Timeout;
  /** When the link broke, as long as it matters. */
  readonly #breaks: number[] = [];
  #closed = false;

  constructor(private readonly options: IntakeOptions) {
    const { names, replies, maxUnderWay = 50_000, verdictMs = 15 * 60_000, verdictAfterBreakMs = 30_000 } = options;
    this.#verdictMs = verdictMs;
    this.#verdictAfterBreakMs = verdictAfterBreakMs;
    this.#pending = new Pending(maxUnderWay);
    this.#reads = new ReadMerger({
      everyMs: options.readEveryMs,
      send: (read) => this.#admit(read.channelId).buffer.push({ read, bytes: readBytes }),
    });
    const open = (lane: Lane) => Array.from({ length: names.shards }, (_, shard) => this.#open(lane, shard));
    this.#ways = { changes: open('changes'), dms: open('dms') };
    replies.listen({
      verdict: (intakeId, verdict) => this.#pending.settle(intakeId, verdict),
      broken: () => {
        this.#breaks.push(performance.now());
        for (const { buffer } of this.#all()) buffer.forgetJobs();
      },
    });
    this.#sweep = setInterval(() => this.#expire(), Math.min(5_000, verdictMs / 4, verdictAfterBreakMs / 4)).unref();
  }

  /** How hard intake is pressed now in a lane: `slow` is told to senders before anything is refused. */
  pressure(lane: Lane): Pressure {
    return pressureOf(lane, this.options.vitals.reading, this.options.pressure);
  }

  /** Changes that are not in the queue yet, and those that are and whose verdict is not in. */
  get depth(): { waiting: number; underWay: number } {
    const waiting = this.#all().reduce((sum, { buffer }) => sum + buffer.size, 0);
    return { waiting, underWay: Math.max(0, this.#pending.size - waiting) };
  }

  /**
   * Resolves when the change is in the queue (`queued`). Rejects with `UNAVAILABLE` when it may or may not be: the same
   * again, under the same id, is always safe.
   */
  async submit(change: Change): Promise<Queued> {
    const { channelId, senderId, changeId, senderRole, wantsState, body } = change;
    const { buffer } = this.#admit(channelId);
    const part = Buffer.from(JSON.stringify({ senderRole, wantsState, body } satisfies SealedPart));
    const intakeId = randomBytes(12).toString('base64url');
    const clear = { intakeId, channelId, senderId, changeId };
    const verdict = this.#verdictOn(intakeId, channelId, changeId);
    await new Promise<void>((queued, refused) => {
      buffer.push({ clear, part, bytes: sizeInJob(part), verdict, queued, refused });
    });
    return { id: messageIdOf(channelId, senderId, changeId), verdict };
  }

  /**
   * Takes in how far a user has read, merged with what else they read there within a second. It is in the queue soon, without a
   * verdict; what Redis does not take is tried again. Throws `UNAVAILABLE` when nothing is taken in now.
   */
  read(mark: ReadMark): void {
    this.#admit(mark.channelId);
    this.#reads.note(mark);
  }

  /**
   * Puts a job that died back into the queue, sealed as it is. Its verdict goes to whom it was for, if that process lives.
   * Rejects with `UNAVAILABLE` when it may or may not be in the queue.
   */
  async replay(channelId: string, job: ChangeJob): Promise<void> {
    const { now = Date.now } = this.options;
    const { queue } = this.#admit(channelId);
    await queue.add('changes', job, { jobId: newJobId(now()), removeOnComplete: true, attempts: 1 }).catch((error: unknown) => {
      throw unavailable('the queue did not answer', 1_000, error);
    });
  }

  /** Resolves once nothing waits here for its job, nor for the answer to an add: what a stop waits for before it closes the connection. */
  async drained(): Promise<void> {
    this.#reads.flush();
    while (this.depth.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Takes no more. Verdicts that are not in count as lost. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweep);
    this.#reads.close();
    this.#pending.expire(Infinity, undefined);
    await Promise.all(this.#all().map(({ queue }) => queue.close()));
  }

  /** A function of its own, so that what waits holds nothing but these: a verdict can be minutes away, and text takes memory. */
  #verdictOn(intakeId: string, channelId: string, changeId: string): Promise<Verdict> {
    return new Promise((settle) => {
      this.#pending.add(intakeId, (decided) => settle(decided ?? lostVerdict(channelId, changeId)));
    });
  }

  #all(): Way[] {
    return lanes.flatMap((lane) => this.#ways[lane]);
  }

  /** The way of the channel's changes, if there is room for one more. */
  #admit(channelId: string): Way {
    const { names, replies } = this.options;
    const lane = laneOf(channelId);
    const { level, why, retryAfterMs } = this.pressure(lane);
    if (this.#closed) throw unavailable('this process is stopping');
    if (level === 'refuse') throw unavailable(why ?? 'refused', retryAfterMs);
    const way = this.#ways[lane][names.shardOf(channelId)];
    if (!way || way.buffer.full || this.#pending.full) throw unavailable('too many changes are under way');
    if (!replies.live) throw unavailable('the way back for verdicts is broken');
    return way;
  }

  #open(lane: Lane, shard: number): Way {
    const { names, redis, log, batch } = this.options;
    const queue = openProducerQueue({ name: lane, prefix: names.shardPrefix(shard), redis, log });
    const buffer = new ShardBuffer<Entry>(
      { ...defaultBatchLimits, ...batch },
      {
        add: (entries, done) => this.#add(queue, entries, done),
        refuse: (entries, error) => {
          log.debug({ err: error, shard }, 'a job could not be added');
          // It may be in the queue all the same; its verdict then finds nobody.
          for (const entry of entries) {
            if (isRead(entry)) {
              this.#reads.again(entry.read);
              continue;
            }
            this.#pending.forget(entry.clear.intakeId);
            entry.refused(unavailable('the queue did not answer', 1_000, error));
          }
        },
      },
    );
    return { queue, buffer };
  }

  async #add(queue: Queue, batch: Entry[], done: () => void): Promise<void> {
    const { sealer, replies, now = Date.now } = this.options;
    const context = await sealer.current();
    const changes = batch.filter(isChange);
    const reads = batch.filter(isRead).map(({ read }) => read);
    for (const { clear } of changes) this.#pending.retain(clear.intakeId, context);
    await queue.add('changes', sealJob(changes, reads, context, replies.processId), {
      jobId: newJobId(now()),
      removeOnComplete: true,
      attempts: 1,
    });
    for (const { queued } of changes) queued();
    void Promise.all(changes.map(({ verdict }) => verdict)).then(done);
  }

  #expire(): void {
    const now = performance.now();
    this.#pending.expire(now - this.#verdictMs, undefined);
    for (let at = this.#breaks[0]; at !== undefined && at <= now - this.#verdictAfterBreakMs; at = this.#breaks[0]) {
      this.#pending.expire(at, undefined);
      this.#breaks.shift();
    }
  }
}

const lostVerdict = (channelId: string, changeId: string): Verdict => ({
  status: 'failed',
  channelId,
  changeId,
  code: 'UNAVAILABLE',
  message: 'The answer was lost: send the same again, under the same id',
});
