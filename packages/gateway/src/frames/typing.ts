import { laneOf, typingAad, type TypingSignal } from '@storm/shared/contracts';
import { aadOf, StormError } from '@storm/shared/node';
import { identityOf, type Frame } from './frame.js';

/**
 * Tells the channel's other members. The first thing that is dropped: what is too often, what comes while the queue is long,
 * while Redis is away, or while it is not known whether the sender may. Only who is no member for certain gets an `error`.
 */
export function typing({ connection, payload: { channelId, isTyping }, context }: Frame<'typing'>): void {
  const { user } = identityOf(connection);
  const { redis, names, sealer, access, intake, typing, now, log } = context;
  if (user.known && !user.channels.has(channelId)) throw new StormError('NOT_FOUND');
  if (
    !user.known ||
    !access.isCurrent(connection) ||
    redis.status !== 'ready' ||
    intake.pressure(laneOf(channelId)).level !== 'ok'
  )
    return;
  if (!connection.typing.take(channelId, isTyping, now()) || typing.take(now()) > 0) return;
  const signal: TypingSignal = { userId: user.id, isTyping };
  const sealed = sealer.seal(Buffer.from(JSON.stringify(signal)), aadOf(...typingAad(channelId)));
  redis.publish(names.events(channelId), sealed).catch((error: unknown) => log.debug({ err: error }, 'typing was not told'));
}
