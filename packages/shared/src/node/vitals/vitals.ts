import type { RedisNames } from '../../contracts/index.js';
import { lanes, questionsQueue, type Lane } from '../../contracts/index.js';
import type { Redis } from '../redis/connect.js';
import { infoField } from '../redis/check-policy.js';

/** What waits in one lane. */
export interface QueueReading {
  /** Jobs of the longest of its queues. */
  depth: number;
  /** Age of its oldest job in milliseconds. */
  ageMs: number;
}

export interface Reading {
  /** Of the database's present life; undefined until a worker has said it. */
  epoch: string | undefined;
  shards: number | undefined;
  workerAlive: boolean;
  queues: Record<Lane, QueueReading>;
  /** Waiting jobs of questions. */
  questions: number;
  /** Used share of `maxmemory`, 0 when there is none. */
  memory: number;
}

interface Options {
  redis: Redis;
  names: RedisNames;
  intervalMs?: number;
  now?: () => number;
}

/**
 * What a process knows of the system's state, read from Redis a few times a second: `reading` is undefined while
 * Redis doesn't answer. One pipeline of `4 + 4 × shards` small commands.
 */
export class Vitals {
  #reading: Reading | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly options: Options) {}

  get reading(): Reading | undefined {
    return this.#reading;
  }

  /** Is this the deployment we were configured for? Throws with the reason, for readiness. */
  check(): void {
    const reading = this.#reading;
    if (!reading) throw new Error('Redis does not answer');
    if (reading.epoch === undefined) throw new Error('no worker has announced the database yet');
    if (reading.shards !== this.options.names.shards)
      throw new Error(`QUEUE_SHARDS is ${this.options.names.shards}, the database has ${reading.shards}`);
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Reads now. Never throws. */
  async refresh(): Promise<void> {
    try {
      this.#reading = await this.#read();
    } catch {
      this.#reading = undefined;
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.refresh().then(() => this.#schedule());
    }, this.options.intervalMs ?? 250);
  }

  async #read(): Promise<Reading> {
    const { redis, names, now = Date.now } = this.options;
    const queues = lanes.flatMap((lane) =>
      Array.from({ length: names.shards }, (_, shard) => `${names.shardPrefix(shard)}:${lane}:wait`),
    );
    const pipeline = redis
      .pipeline()
      .hmget(names.meta, 'epoch', 'shards')
      .exists(names.workerAlive)
      .info('memory')
      .llen(`${names.queryPrefix}:${questionsQueue}:wait`);
    for (const queue of queues) pipeline.llen(queue).lindex(queue, -1);
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => {
      if (error) throw error;
      return reply;
    });
    const [[epoch, count], alive, info, questions] = replies as [[string | null, string | null], number, string, number];
    const readLane = (lane: number): QueueReading => {
      const own = queues.slice(0, names.shards).map((_, shard) => 4 + 2 * (lane * names.shards + shard));
      return {
        depth: Math.max(...own.map((at) => replies[at] as number)),
        ageMs: Math.max(0, ...own.map((at) => now() - bornAt(replies[at + 1] as string | null, now()))),
      };
    };
    const limit = Number(infoField(info, 'maxmemory') ?? 0);
    return {
      epoch: epoch ?? undefined,
      shards: count === null ? undefined : Number(count),
      workerAlive: alive === 1,
      queues: { changes: readLane(0), dms: readLane(1) },
      questions,
      memory: limit ? Number(infoField(info, 'used_memory') ?? 0) / limit : 0,
    };
  }
}

/** Job ids begin with their time, so that a queue's age costs no read of the job: see `jobIdOf`. */
export const jobIdOf = (now: number, random: string): string => `t${now.toString(36)}-${random}`;

function bornAt(jobId: string | null, now: number): number {
  const time = /^t([0-9a-z]+)-/.exec(jobId ?? '')?.[1];
  return time === undefined ? now : parseInt(time, 36);
}
