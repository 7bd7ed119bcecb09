import { monitorEventLoopDelay } from 'node:perf_hooks';

interface Limits {
  /** Mean delay of the event loop over a second, in milliseconds. */
  lagMs: number;
  /** Resident memory in bytes; 0: seven eighths of what the container may have, if it has a limit. */
  rssBytes: number;
}

/** How often it is looked, in milliseconds. */
const everyMs = 1_000;
const resolutionMs = 10;

/** Tells when this process has as much as it can bear: it then takes nobody new, before it hurts those it has. */
export class Strain {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  #timer: NodeJS.Timeout | undefined;
  readonly #rssBytes: number;
  #reason: string | undefined;

  constructor(private readonly limits: Limits) {
    this.#rssBytes = limits.rssBytes || (process.constrainedMemory() || Infinity) * 0.875;
  }

  start(): void {
    this.#delay.enable();
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Why nobody is taken now; undefined while there is room. */
  get reason(): string | undefined {
    return this.#reason;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay.disable();
  }

  #look(): void {
    // Its own period is in every sample.
    const lagMs = this.#delay.mean / 1e6 - resolutionMs;
    this.#delay.reset();
    if (lagMs > this.limits.lagMs) this.#reason = 'This gateway is busy';
    else this.#reason = process.memoryUsage.rss() > this.#rssBytes ? 'This gateway is short of memory' : undefined;
  }
}
