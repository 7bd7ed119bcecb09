import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { StoreUnavailable } from '../errors/index.js';
import { translate } from '../errors/translate.js';

/** Resolves when the server answers within the time; else throws `StoreUnavailable`. */
export async function ping(connection: Connection, timeoutMs: number): Promise<void> {
  const { db } = connection;
  if (!db) throw new StoreUnavailable(new Error('not connected yet'));
  const done = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: done.signal }).then(() => {
    throw new StoreUnavailable(new Error(`no answer within ${timeoutMs} ms`));
  });
  try {
    await Promise.race([db.command({ ping: 1 }), late]);
  } catch (error) {
    throw translate(error);
  } finally {
    done.abort();
    late.catch(() => undefined);
  }
}
