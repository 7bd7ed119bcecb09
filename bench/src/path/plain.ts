import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { openStore, type Store } from '@storm/store';

interface Options {
  redisUrl: string;
  mongoUrl: string;
  measureMs: number;
  text: string;
}

const underWay = 500;
const concurrency = 50;

/** Messages per second of the design that comes to mind first: a job for each message, an insert for each job. In clear, without order or fan-out. */
export async function plain({ redisUrl, mongoUrl, measureMs, text }: Options): Promise<number> {
  const store: Store = openStore({ url: mongoUrl, database: `bench_${randomUUID().slice(0, 8)}` });
  await store.connected();
  const messages = store.connection.collection('messages');
  await messages.createIndexes([
    { key: { channelId: 1, at: 1 } },
    { key: { channelId: 1, senderId: 1, messageId: 1 }, unique: true },
  ]);
  const prefix = `bench-${randomUUID().slice(0, 8)}`;
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('plain', { connection, prefix });
  const done = new Map<string, () => void>();
  let stored = 0;
  const worker = new Worker(
    'plain',
    async (job) => {
      await messages.insertOne({ ...(job.data as Record<string, unknown>), at: new Date() });
      stored++;
      done.get((job.data as { messageId: string }).messageId)?.();
    },
    { connection, prefix, concurrency, removeOnComplete: { count: 0 } },
  );
  const from = performance.now();
  const end = from + measureMs;
  const lane = async () => {
    while (performance.now() < end) {
      const messageId = randomUUID();
      const finished = new Promise<void>((resolve) => done.set(messageId, resolve));
      await queue.add('message', { channelId: 'c', senderId: 'u', messageId, text }, { removeOnComplete: true });
      await finished;
      done.delete(messageId);
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  const rate = (stored / (performance.now() - from)) * 1_000;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  connection.disconnect();
  await store.connection.dropDatabase();
  await store.close();
  return rate;
}
