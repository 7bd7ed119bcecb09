import { userEventAad, type UserEvent } from '@storm/shared/contracts';
import { aadOf, StormError } from '@storm/shared/node';
import { identityOf, requireAccess, type Frame } from './frame.js';

/** Chooses what others see of the user; its own devices, this one too, are told by `presence.changed`. */
export async function presenceSet({ connection, payload: { status }, context }: Frame<'presence.set'>): Promise<void> {
  const { user } = identityOf(connection);
  const { access, attendance, redis, names, sealer, now, log } = context;
  requireAccess(connection, access);
  const wait = connection.statuses.take(now());
  if (wait > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait });
  await attendance.set(user.id, status);
  const event: UserEvent = { kind: 'status', status };
  const sealed = sealer.seal(Buffer.from(JSON.stringify(event)), aadOf(...userEventAad(user.id)));
  await redis.publish(names.user(user.id), sealed).catch((error: unknown) => log.debug({ err: error }, 'a status was not told'));
}
