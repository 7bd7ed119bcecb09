import type { Redis } from 'ioredis';
import { Counted } from '../../../src/testing/index.js';

/** How often each command was called on this server since it began, those of scripts too. */
export async function redisCalls(redis: Redis): Promise<Counted> {
  const counted = new Counted();
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  for (const [, command = '', calls] of lines) counted.add(command, Number(calls));
  return counted;
}

/** Pub/sub channels that somebody listens to. */
export async function subscribedTo(redis: Redis): Promise<number> {
  return Number(/^pubsub_channels:(\d+)/m.exec(await redis.info('stats'))?.[1]);
}
