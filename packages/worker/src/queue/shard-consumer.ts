import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import type { Lane, RedisNames } from '@storm/shared/contracts';
import type { Logger, Redis } from '@storm/shared/node';
import { ChannelCache } from '../changes/channel-cache.js';
import { LockLost, Stopping } from '../retry.js';
import { JobGuard } from './job-guard.js';
import { processJob, type JobContext } from './process-job.js';
import type { Suspects } from './suspects.js';

interface Options {
  shard: number;
  lane: Lane;
  /** A `consumer` connection, shared by all shards. */
  connection: Redis;
  names: RedisNames;
  context: JobContext;
  suspects: Suspects;
  log: Logger;
  lockMs: number;
  stalledCheckMs: number;
}

/** What needs Redis to end may take so long without it. */
const stopMs = 2_000;

const defectPauseMs = 1_000;

/** Between two looks at whose turn it is. */
const turnMs = 20;

/** Takes the jobs of one shard in one lane, one at a time. */
export class ShardConsumer {
  readonly #worker: Worker;
  readonly #queue: Queue;
  readonly #cache = new ChannelCache();
  #guard: JobGuard | undefined;
  #stopping = false;

  constructor(private readonly options: Options) {
    const { shard, lane, connection, names, log, lockMs, stalledCheckMs } = options;
    const prefix = names.shardPrefix(shard);
    this.#queue = new Queue(lane, { connection, prefix, streams: { events: { maxLen: 10 } } });
    this.#worker = new Worker(lane, (job, token, signal) => this.#take(job, token, signal), {
      connection,
      prefix,
      autorun: false,
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      // A worker that dies is no fault of the job: see `processJob` for one that kills workers.
      maxStalledCount: 1_000_000_000,
      runRetryDelay: 500,
      removeOnComplete: { count: 0 },
    });
    // An outage is logged once, by the connection; here it would be a line for each shard and attempt.
    const onError = (error: Error) => log.debug({ err: error, shard }, 'queue');
    this.#queue.on('error', onError);
    this.#worker.on('error', onError);
    this.#worker.on('locksRenewed', () => this.#guard?.renewed());
    this.#worker.on('lockRenewalFailed', () => this.#guard?.lose());
  }

  get queue(): Queue {
    return this.#queue;
  }

  start(): void {
    this.#worker
      .run()
      .catch((error: unknown) => this.options.log.error({ err: error, shard: this.options.shard }, 'the consumer ended'));
  }

  /** One job at a time over all workers: an optimisation that Redis forgets with its data, so it is said anew on every connection. */
  async limitConcurrency(): Promise<void> {
    await this.#queue.setGlobalConcurrency(1);
  }

  /**
   * Waits until no job that was taken before this one is under way. There is none, unless Redis has lost its data and with them
   * the limit: until that is said again, several workers have jobs of the shard, and what a sender sent first must be first.
   */
  async #turn(job: Job, guard: JobGuard): Promise<void> {
    const { connection, names, shard, lane } = this.options;
    const active = `${names.shardPrefix(shard)}:${lane}:active`;
    for (;;) {
      const oldest = await connection.lindex(active, -1);
      if (oldest === null || oldest === job.id) return;
      await this.limitConcurrency();
      await guard.wait(turnMs);
    }
  }

  /** Lets the job under way end, or puts it back when it waits for a dependency. Without Redis neither can be: it is left to the stalled check. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const closed = this.#worker.close();
    this.#guard?.stop();
    await within(stopMs, closed);
    await within(stopMs, this.#worker.getBackend().close(true)); // nothing, unless it was late
    await within(stopMs, this.#queue.close());
  }

  async #take(job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const { shard, context, suspects, log, lockMs } = this.options;
    const guard = (this.#guard = new JobGuard(lockMs, signal));
    if (this.#stopping) guard.stop();
    try {
      await processJob(
        {
          id: job.id ?? '',
          shard,
          data: job.data,
          starts: job.attemptsStarted,
          stalls: job.stalledCounter,
          guard,
          turn: () => this.#turn(job, guard),
          cache: this.#cache,
          suspects,
        },
        context,
      );
    } catch (error) {
      this.#cache.clear();
      if (error instanceof LockLost || error instanceof Stopping) {
        log.info({ shard, job: job.id, why: error.name }, 'a job goes back');
      } else {
        // A defect of ours: the job keeps its place, and must not spin there.
        log.error({ err: error, shard, job: job.id }, 'a job goes back');
        await guard.wait(defectPauseMs).catch(() => undefined);
      }
      // Never a failure: a failed job would leave its place. If it is no longer ours this is refused, and it is in good hands.
      await within(stopMs, job.moveToWait(token)).catch(() => undefined);
      throw new WaitingError();
    } finally {
      this.#guard = undefined;
    }
  }
}

/** Waits for something that may never come, so long and no longer. */
async function within(ms: number, what: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([what, late]).finally(() => clearTimeout(timer));
}
