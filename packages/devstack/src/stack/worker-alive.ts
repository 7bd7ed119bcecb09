import { RedisNames } from '@storm/shared/contracts';
import { Redis } from 'ioredis';
import { waitUntil } from '../process/wait-until.js';

/**
 * Waits until a worker says that it lives: services that start after that take questions from their first moment on. A worker's
 * readiness alone does not tell, as its HTTP is up before its consumers are.
 */
export async function workerAlive(url: string, namespace = 'storm'): Promise<void> {
  const redis = new Redis(url, { retryStrategy: () => 100 });
  redis.on('error', () => {});
  try {
    const { workerAlive: key } = new RedisNames(namespace, 1);
    await waitUntil(() => redis.exists(key), { timeoutMs: 30_000, what: 'a worker to say that it lives' });
  } finally {
    redis.disconnect();
  }
}
