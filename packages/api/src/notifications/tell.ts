import { type ControlEvent } from '@storm/shared/contracts';
import { packControl } from '@storm/shared/node';
import type { Notification } from '@storm/store';
import type { Context } from '../context.js';

/** Says new notifications to the devices of their users, as far as Redis is there: who misses one finds it in the list. */
export async function tell(
  made: readonly Notification[],
  { redis, names, config, log }: Pick<Context, 'redis' | 'names' | 'config' | 'log'>,
): Promise<void> {
  if (made.length === 0) return;
  const pipeline = redis.pipeline();
  for (const { _id: id, userId, type, data, createdAt } of made) {
    const notification = { id, type, data, createdAt: createdAt.getTime() };
    const event: ControlEvent = { kind: 'notification', userId, notification };
    pipeline.publish(names.user(userId), packControl(event, config.INTAKE_SECRETS));
  }
  try {
    const [failed] = ((await pipeline.exec()) ?? []).flatMap(([error]) => (error ? [error] : []));
    if (failed) throw failed;
  } catch (error) {
    log.warn({ err: error }, 'notifications are stored and could not be told live');
  }
}
