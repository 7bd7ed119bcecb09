import { profileChanged, type ControlEvent } from '@storm/shared/contracts';
import { packControl } from '@storm/shared/node';
import type { Context } from '../context.js';

/**
 * Tells the devices of users, and of new names those who watch them, what is stored already, as far as Redis is there: only what they find out anyway when they ask
 * may be said so. Never rejects.
 */
export async function say(
  events: readonly ControlEvent[],
  { redis, names, config, log }: Pick<Context, 'redis' | 'names' | 'config' | 'log'>,
): Promise<void> {
  if (events.length === 0) return;
  try {
    const pipeline = redis.pipeline();
    for (const event of events) {
      pipeline.publish(names.user(event.userId), packControl(event, config.INTAKE_SECRETS));
      if (event.kind === 'profile-changed') pipeline.publish(names.presence(event.userId).changes, profileChanged);
    }
    const failed = ((await pipeline.exec()) ?? []).find(([error]) => error)?.[0];
    if (failed) throw failed;
  } catch (error) {
    log.warn({ err: error }, 'what is stored could not be told live');
  }
}
