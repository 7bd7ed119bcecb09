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
  /** How long the first of a batch waits for each earlier job that is under way, in milliseconds. */
  lingerMs: number;
  /** The longest that it waits. */
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
 * How long a batch that is not full gathers, in milliseconds; 0 is "no longer than this turn of the event loop". It grows with
 * the jobs that wait before it: a queue that falls behind gets fewer and fuller ones, and a job costs its worker much the same
 * whatever its size.
 */
export const lingerFor = ({ lingerMs, lingerMaxMs }: BatchLimits, jobsUnderWay: number): number =>
  Math.min(lingerMaxMs, lingerMs * jobsUnderWay);
