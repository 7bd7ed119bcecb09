import mongoose from 'mongoose';

const writeConflictCode = 112;

/**
 * Whether the server gave up a write because another writer held what it needed, and says so: the write was not done, and
 * may be tried again. (Servers whose unique indexes wait for each other call it a deadlock.)
 */
export function isContended(error: unknown): boolean {
  const { code, message } = firstError(error);
  return code === writeConflictCode || /deadlock detected/i.test(message ?? '');
}

function firstError(error: unknown): { code?: unknown; message?: string | undefined } {
  if (error instanceof mongoose.mongo.MongoBulkWriteError) {
    const [first] = [error.writeErrors].flat();
    if (first) return { code: first.code, message: first.errmsg };
  }
  return error instanceof mongoose.mongo.MongoServerError ? error : {};
}
