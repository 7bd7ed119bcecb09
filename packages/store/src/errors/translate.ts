import mongoose from 'mongoose';
import { isContended } from './contended.js';
import { DuplicateKey } from './duplicate-key.js';
import { retryableCodes } from './retryable-codes.js';
import { StoreFailure } from './store-failure.js';
import { StoreUnavailable } from './store-unavailable.js';

const { mongo } = mongoose;

const duplicateKeyCode = 11000;
const internalErrorCode = 1;

/** Beside network errors. Names, not classes: the driver doesn't export all of them. */
const unreachable = new Set([
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoServerSelectionError',
  'MongoServerClosedError',
  'MongoStalePrimaryError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoNotConnectedError',
  'MongoOperationTimeoutError',
  'MongoExpiredSessionError',
  'MongoWriteConcernError',
]);

/**
 * What a named query throws for what the driver threw: `StoreUnavailable`, `DuplicateKey` or `StoreFailure`; anything else
 * as it is. The driver's own server errors never leave: they quote documents, and what is logged must not.
 */
export function translate(error: unknown): unknown {
  if (error instanceof mongo.MongoBulkWriteError) return translateBulk(error);
  if (error instanceof mongo.MongoError) return translateDriver(error);
  // mongoose's own, before the first connection and after the last.
  if (error instanceof mongoose.MongooseError && error.name === 'MongooseError') return new StoreUnavailable(error);
  // A socket's error comes as it is when it breaks while a command is written.
  if (error instanceof Error && 'syscall' in error) return new StoreUnavailable(error);
  return error;
}

/** A bulk that failed as a whole wraps the driver's error; else the first write error decides, unless a write is uncertain. */
function translateBulk(error: mongoose.mongo.MongoBulkWriteError): unknown {
  const whole: unknown = error.errorResponse;
  if (whole instanceof Error) return translate(whole);
  const [first] = [error.writeErrors].flat();
  if (!first || error.result.getWriteConcernError()) return new StoreUnavailable(described(error));
  return byCode(first.code, first.errmsg ?? '', error);
}

function translateDriver(error: mongoose.mongo.MongoError): unknown {
  if (error instanceof mongo.MongoNetworkError || unreachable.has(error.name)) {
    return new StoreUnavailable(error instanceof mongo.MongoServerError ? described(error) : error);
  }
  if (error instanceof mongo.MongoServerError) return byCode(error.code, error.message, error);
  return error;
}

function byCode(code: number | string | undefined, message: string, error: mongoose.mongo.MongoServerError): Error {
  const number = typeof code === 'number' ? code : undefined;
  if (number === duplicateKeyCode) return new DuplicateKey(indexOf(message));
  if (number === internalErrorCode && /exclusion constraint/.test(message)) return new DuplicateKey(undefined);
  if (isContended(error)) return new StoreUnavailable(described(error));
  if (number === internalErrorCode && lostItsOwnStorage.test(message)) return new StoreUnavailable(described(error));
  if (number !== undefined && retryableCodes.has(number)) return new StoreUnavailable(described(error));
  if (error.hasErrorLabel('RetryableWriteError')) return new StoreUnavailable(described(error));
  return new StoreFailure(number, `${error.codeName ?? 'MongoDB'} (${number ?? 'no code'})`);
}

/** A server that keeps its data in another process answers so while that one restarts. */
const lostItsOwnStorage = /connect|shutting down|starting up|recovery mode|terminating|broken pipe|closed pool|unexpected EOF/i;

/** `… index: NAME dup key: …` of mongod; `… Index 'NAME'` of others. */
const indexOf = (message: string): string | undefined => {
  const [, plain, quoted] = /index: (\S+)|Index '([^']+)'/.exec(message) ?? [];
  return plain ?? quoted;
};

/** The kind of error without its values. */
const described = (error: mongoose.mongo.MongoServerError): Error =>
  new Error(`${error.name} ${error.codeName ?? ''} ${error.code ?? ''}`);
