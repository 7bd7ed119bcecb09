import { randomBytes } from 'node:crypto';
import { Queue } from 'bullmq';
import type { Logger } from '../log/logger.js';
import type { Redis } from '../redis/connect.js';
import { jobIdOf } from '../vitals/vitals.js';

interface Options {
  name: string;
  prefix: string;
  /** A `producer` connection; it stays open when the queue is closed. */
  redis: Redis;
  log: Logger;
}

/** A queue that jobs are only put into. While Redis is away an add fails, at the latest when the connection's command timeout is up. */
export function openProducerQueue({ name, prefix, redis, log }: Options): Queue {
  const queue = new Queue(name, {
    connection: redis,
    prefix,
    // Both: a queue whose first connection fails would else refuse for ever.
    skipWaitingForReady: true,
    skipVersionCheck: true,
    skipMetasUpdate: true,
    streams: { events: { maxLen: 10 } },
  });
  // An outage is logged once, by the connection; here it would be a line for each queue.
  queue.on('error', (error) => log.debug({ err: error, queue: `${prefix}:${name}` }, 'queue'));
  return queue;
}

/** An id for a new job that no other has, and that says when it was made: see `jobIdOf`. */
export const newJobId = (now: number): string => jobIdOf(now, randomBytes(6).toString('base64url'));
