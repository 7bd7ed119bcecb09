import { StormError } from '@storm/shared/node';

/**
 * MongoDB can't be asked, or did not say whether a write was done: retry, with the same content, when it is back.
 * Clients see UNAVAILABLE. The cause never holds documents or values.
 */
export class StoreUnavailable extends StormError {
  override name = 'StoreUnavailable';

  constructor(cause: unknown) {
    super('UNAVAILABLE', { message: 'The database is away', retryAfterMs: 1_000, cause });
  }
}
