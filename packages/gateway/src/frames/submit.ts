import { laneOf, type ChangeBody } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import type { ChangeId, ChannelId, Verdict } from '@storm/shared/protocol';
import type { Connection, Identity } from '../connection/connection.js';
import { sendFailure } from '../connection/send-error.js';
import { identityOf, requireAccess, type FrameContext } from './frame.js';

interface Submission {
  connection: Connection;
  requestId: string | undefined;
  context: FrameContext;
  channelId: ChannelId;
  changeId: ChangeId;
  body: ChangeBody;
  /** How the client's UUID is called in answers. */
  named: { messageId: ChangeId } | { changeId: ChangeId };
}

/** Clients are told to slow down at most this often, in milliseconds. */
const slowDownEveryMs = 1_000;

/**
 * Puts a change into the queue: `message.ack` when it is there, then exactly one `message.result`; `error` when it may not
 * be there. The changes of one connection keep their order: they are submitted as they come, or as their turn comes where they
 * are limited.
 */
export function submit({ connection, requestId, context, channelId, changeId, body, named }: Submission): void {
  const { claims, user } = requireMember(connection, channelId, context);
  slowDown(connection, channelId, context);

  const refuse = (error: unknown) => sendFailure(connection, error, context.log, requestId);
  const change = { channelId, senderId: user.id, changeId, senderRole: claims.role, wantsState: false, body };
  const enqueue = () => {
    requireAccess(connection, context.access); // it may have ended while it waited
    context.intake.submit(change).then(({ id, verdict }) => {
      connection.send('message.ack', { ...named, id }, requestId);
      void verdict.then((decided) => connection.send('message.result', { ...named, ...resultOf(decided, id) }, requestId));
    }, refuse);
  };
  if (context.limits.on) connection.sends.take(() => permission(user.id, context), enqueue, refuse);
  else enqueue();
}

/** Who sent it. Advisory: the worker decides. Unknown memberships keep nobody out. Throws NOT_FOUND and UNAVAILABLE. */
export function requireMember(connection: Connection, channelId: string, { access }: FrameContext): Identity {
  const identity = identityOf(connection);
  const { user } = identity;
  requireAccess(connection, access);
  if (user.known && !user.channels.has(channelId)) throw new StormError('NOT_FOUND');
  return identity;
}

/** Rejects with RATE_LIMIT_EXCEEDED when the user sent too much, here or elsewhere; with UNAVAILABLE when Redis can't say. */
async function permission(userId: string, { limits }: FrameContext): Promise<void> {
  const standing = await limits.take('sends', userId);
  if (standing?.passed === false) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: standing.resetMs });
}

function slowDown(connection: Connection, channelId: ChannelId, { intake, now }: FrameContext): void {
  const { level, retryAfterMs } = intake.pressure(laneOf(channelId));
  if (level !== 'slow' || now() - connection.slowedAt < slowDownEveryMs) return;
  connection.slowedAt = now();
  connection.send('slow_down', { retryAfterMs });
}

const resultOf = ({ channelId, status, id, seq, position, code, message }: Verdict, queuedId: string) => ({
  channelId,
  id: id ?? queuedId,
  status,
  ...(seq === undefined ? {} : { seq }),
  ...(position === undefined ? {} : { position }),
  ...(code === undefined ? {} : { code }),
  ...(message === undefined ? {} : { message }),
});
