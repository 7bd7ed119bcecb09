import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '@storm/shared/node';
import mongoose, { type ConnectOptions, type Connection } from 'mongoose';

export interface StoreOptions {
  url: string;
  database: string;
  /** Default: 20. */
  maxPoolSize?: number;
  /** How long a query waits for a server. Default: 2,000. */
  serverSelectionTimeoutMs?: number;
  /** How long a query waits for its answer. Default: 20,000. */
  socketTimeoutMs?: number;
  /** Shown in the server's log. */
  appName?: string;
  /** Told of each failed attempt at the first connection. */
  onError?: (error: unknown) => void;
}

function driverOptions({
  database,
  maxPoolSize = 20,
  serverSelectionTimeoutMs = 2_000,
  socketTimeoutMs = 20_000,
  appName,
}: StoreOptions) {
  return {
    dbName: database,
    maxPoolSize,
    serverSelectionTimeoutMS: serverSelectionTimeoutMs,
    connectTimeoutMS: serverSelectionTimeoutMs,
    socketTimeoutMS: socketTimeoutMs,
    waitQueueTimeoutMS: socketTimeoutMs,
    /** A server that hangs without closing its connections is noticed after this and `connectTimeoutMS`, and what waits for it fails. */
    heartbeatFrequencyMS: 1_000,
    promoteBuffers: true,
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true },
    ...(appName === undefined ? {} : { appName }),
  } satisfies ConnectOptions;
}

/** A connection of its own, that is made in the background, and `connected`, which waits for it as long as it takes. */
export function connect(options: StoreOptions): { connection: Connection; connected: Promise<void>; close: () => Promise<void> } {
  const driver = driverOptions(options);
  const { dbName: _, ...clientOptions } = driver;
  new mongoose.mongo.MongoClient(options.url, clientOptions); // throws at once for what no patience can mend
  const instance = new mongoose.Mongoose({ bufferCommands: false, sanitizeFilter: true, strictQuery: 'throw' });
  const connection = instance.createConnection();
  const closing = new AbortController();
  const connected = keepTrying();
  connected.catch(() => undefined); // whoever waits for it is told; nobody has to

  async function keepTrying(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      closing.signal.throwIfAborted();
      try {
        await connection.openUri(options.url, { ...driver, bufferCommands: false, autoCreate: false, autoIndex: false });
        return;
      } catch (error) {
        options.onError?.(error);
        await delay(backoff(attempt, { base: 100, cap: 2_000 }), undefined, { signal: closing.signal });
      }
    }
  }

  return {
    connection,
    connected,
    async close() {
      closing.abort();
      await connected.catch(() => undefined);
      await connection.close(true);
    },
  };
}
