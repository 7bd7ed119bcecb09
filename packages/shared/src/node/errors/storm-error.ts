import { errorCatalogue, type ErrorCode } from '../../protocol/index.js';

interface Extra {
  message?: string;
  /** For the client: never anything that is not its own. */
  details?: unknown;
  retryAfterMs?: number;
  cause?: unknown;
}

/** An error that a client may see, by its code in the catalogue. Everything else is an INTERNAL_ERROR to it. */
export class StormError extends Error {
  override name = 'StormError';
  readonly details: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    { message, details, retryAfterMs, cause }: Extra = {},
  ) {
    super(message ?? errorCatalogue[code].message, cause === undefined ? undefined : { cause });
    this.details = details;
    this.retryAfterMs = retryAfterMs;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

/** A part that is needed is away. The same again, under the same id, is always safe. */
export const unavailable = (message: string, retryAfterMs = 1_000, cause?: unknown): StormError =>
  new StormError('UNAVAILABLE', { message, retryAfterMs, cause });
