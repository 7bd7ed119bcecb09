import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { WorkLimit } from './work-limit.js';

interface Options {
  memoryKiB: number;
  passes: number;
  /** Hashes that run at once. */
  parallel: number;
  /** Hashes that wait; default: 16 for each that runs, about a fifth of a second. */
  waiting?: number;
  /** Told of each hash that is worked at. */
  onHash?: () => void;
}

/** One spelling for what looks the same, whichever keyboard it comes from (NIST SP 800-63B §5.1.1.2). */
const normalized = (password: string): string => password.normalize('NFKC');

/** Argon2id (RFC 9106), with a bound on how much of it runs at once: each hash takes `memoryKiB`. */
export class Passwords {
  readonly #limit: WorkLimit;
  /** What is verified for users that don't exist, so that the time says nothing about who does. */
  readonly #nobody: Promise<string>;

  constructor(private readonly options: Options) {
    const { parallel, waiting = 16 * parallel } = options;
    this.#limit = new WorkLimit({ parallel, waiting });
    this.#nobody = this.hash(randomBytes(24).toString('base64url'));
    this.#nobody.catch(() => undefined); // whoever needs it is told
  }

  /** Hashes that run, each with `memoryKiB` of its own, and that wait. */
  get depth(): { running: number; waiting: number } {
    return this.#limit.depth;
  }

  /** Was this hash made at another cost than is asked for today? */
  isOutdated(passwordHash: string): boolean {
    const [, version, memoryKiB, passes] = /^\$argon2id\$v=(\d+)\$m=(\d+),t=(\d+),p=1\$/.exec(passwordHash) ?? [];
    return version !== '19' || Number(memoryKiB) !== this.options.memoryKiB || Number(passes) !== this.options.passes;
  }

  /** Throws UNAVAILABLE when too many wait. */
  hash(password: string): Promise<string> {
    const { memoryKiB: memoryCost, passes: timeCost } = this.options;
    return this.#work(() => hash(normalized(password), { memoryCost, timeCost, parallelism: 1 }));
  }

  /** Whether the password made this hash; without a hash the same work for nothing. Throws UNAVAILABLE when too many wait. */
  async verify(passwordHash: string | null | undefined, password: string): Promise<boolean> {
    const stored = passwordHash ?? (await this.#nobody);
    const matches = await this.#work(() => verify(stored, normalized(password)));
    return matches && typeof passwordHash === 'string';
  }

  #work<T>(work: () => Promise<T>): Promise<T> {
    return this.#limit.run(() => {
      this.options.onHash?.();
      return work();
    });
  }
}
