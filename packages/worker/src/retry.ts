import { backoff } from '@storm/shared/node';
import { StoreFailure, StoreUnavailable } from '@storm/store';

/** The job is no longer ours: stop before the next step and touch nothing. */
export class LockLost extends Error {
  override name = 'LockLost';
}

/** The process stops: the job goes back to the head of its queue. */
export class Stopping extends Error {
  override name = 'Stopping';
}

/** The dead letters are at their cap: an operator has to make room. */
export class NoRoom extends Error {
  override name = 'NoRoom';

  constructor() {
    super('there is no room for another dead letter');
  }
}

/**
 * MongoDB's codes for a fault of the document itself: BadValue, FailedToParse, TypeMismatch, InvalidLength, InvalidBSON,
 * DocumentValidationFailure, BSONObjectTooLarge, KeyTooLong. https://www.mongodb.com/docs/manual/reference/error-codes/
 */
const documentFaults = new Set([2, 9, 14, 16, 22, 121, 10334, 17280]);

/**
 * Is it worth to try the same again? Why each:
 * - StoreUnavailable: MongoDB is away, or gave no answer
 * - StoreFailure, unless the document is at fault: a full disk or a missing right is not the change's doing
 * - NoRoom: nothing acknowledged is lost because nobody looks after the dead letters
 * - connection errors and timeouts of ioredis: Redis is away
 * - LOADING, READONLY, OOM, CLUSTERDOWN, TRYAGAIN, MASTERDOWN, NOREPLICAS, UNBLOCKED: Redis says that it is not the time
 * - MISCONF (it can't write to its disk), NOAUTH, WRONGPASS, NOPERM, too many clients: an operator has to act, and then it goes on
 * - BUSY, NOSCRIPT: a script runs too long, or was forgotten and is sent in full the next time
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof StoreUnavailable || error instanceof NoRoom) return true;
  if (error instanceof StoreFailure) return error.code !== undefined && !documentFaults.has(error.code);
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|NR_CLOSED)/.test(code) ||
    refusedForNow.test(error.message) ||
    /Connection is closed|Command timed out|Stream isn't writeable|max retries per request|max number of clients/i.test(
      error.message,
    )
  );
}

const refusedForNow =
  /^(LOADING|READONLY|OOM|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|NOREPLICAS|UNBLOCKED|MISCONF|NOAUTH|WRONGPASS|NOPERM|BUSY|NOSCRIPT)\b/;

export interface Guard {
  /** Throws `LockLost` when the job is no longer ours. */
  check(): void;
  /** Waits, and rejects with `LockLost` or `Stopping` when there is no more to wait for. */
  wait(ms: number): Promise<void>;
}

/** Tries until it is done, from 0.1 s to 30 s apart: a database that is away is no reason to give up. */
export async function untilDone<T>(
  guard: Guard,
  attempt: (n: number) => Promise<T>,
  onRetry: (error: unknown) => void,
): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!isTransient(error)) throw error;
      onRetry(error);
      await guard.wait(backoff(n));
    }
  }
}
