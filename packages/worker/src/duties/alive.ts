import type { RedisNames } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';

const everyMs = 1_000;
const aliveMs = 3_500;

/** Says that a worker lives, once a second: without it, questions are refused at once. Returns how to end it. */
export function stayAlive(redis: Redis, names: RedisNames): () => void {
  const say = () => void redis.set(names.workerAlive, '1', 'PX', aliveMs).catch(() => undefined);
  say();
  const timer = setInterval(say, everyMs);
  return () => clearInterval(timer);
}
