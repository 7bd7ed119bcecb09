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
  /** How long the first of a batch waits while earlier jobs are under way, in milliseconds. */
  lingerMs: number;
}

export const defaultBatchLimits: Readonly<BatchLimits> = {
  entries: 512,
  bytes: 512 * 1024,
  waiting: 5_000,
  waitingBytes: 8 * 1024 * 1024,
  lingerMs: 3,
};

/** How long a batch that is not full gathers, in milliseconds; 0 is "no longer than this turn of the event loop". */
export const lingerFor = ({ lingerMs }: BatchLimits, jobsUnderWay: number): number => (jobsUnderWay === 0 ? 0 : lingerMs);
