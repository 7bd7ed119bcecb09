/** How full a job may get, and how much may wait for it, for how long. */
export interface BatchLimits {
  /** Changes in one job. */
  entries: number;
  /** Bytes of one job, as the entries' sizes add up; one that is larger travels alone. */
  bytes: number;
  /** Changes that may wait here for their `add`. */
  waiting: number;
  /** Bytes that may wait here for their `add`. */
  waitingBytes: number;
  /** How long the first of a batch waits while one earlier job is under way, in milliseconds. */
  lingerMs: number;
  /** The same while more are: the longest that it waits. */
  lingerMaxMs: number;
}

export const defaultBatchLimits: Readonly<BatchLimits> = {
  entries: 512,
  bytes: 512 * 1024,
  waiting: 5_000,
  waitingBytes: 8 * 1024 * 1024,
  lingerMs: 3,
  lingerMaxMs: 60,
};

/**
 * How long a batch that is not full gathers, in milliseconds; 0 is "no longer than this turn of the event loop". Behind the one
 * job that a worker has, the next should soon be there; behind one that waits already, another would gain nothing and be the
 * less full: a job costs its worker much the same whatever its size.
 */
export function lingerFor({ lingerMs, lingerMaxMs }: BatchLimits, jobsUnderWay: number): number {
  if (jobsUnderWay === 0) return 0;
  return jobsUnderWay === 1 ? Math.min(lingerMs, lingerMaxMs) : lingerMaxMs;
}
