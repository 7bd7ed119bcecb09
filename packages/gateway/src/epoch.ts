import type { Vitals } from '@storm/shared/node';

const lookEveryMs = 500;

/**
 * The database's present life, as far as a worker has said it. Known once, it stays known while Redis is away; another one
 * means that positions of the old life mean nothing.
 */
export class Epoch {
  #current: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vitals: Vitals,
    private readonly onChange: () => void,
  ) {}

  get current(): string | undefined {
    return this.#current;
  }

  /** Why no client can be served; undefined when it can. */
  get problem(): string | undefined {
    if (this.#current !== undefined) return undefined;
    try {
      this.vitals.check();
      return 'Not ready yet';
    } catch (error) {
      return error instanceof Error ? error.message : 'Not ready yet';
    }
  }

  start(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const epoch = this.#seen();
    if (epoch === undefined || epoch === this.#current) return;
    const isChange = this.#current !== undefined;
    this.#current = epoch;
    if (isChange) this.onChange();
  }

  /** Of the deployment that we are configured for; undefined when nobody says. */
  #seen(): string | undefined {
    try {
      this.vitals.check();
      return this.vitals.reading?.epoch;
    } catch {
      return undefined;
    }
  }
}
