import type { ChangeBody } from '@storm/shared/contracts';
import { clientError, StormError } from '@storm/shared/node';
import type { ChangeId, ChannelId, Verdict } from '@storm/shared/protocol';
import type { Connection } from '../connection/connection.js';
import { identityOf, type FrameContext } from './frame.js';

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
 * be there. Submits in the turn of the frame, so that the changes of one connection keep their order.
 */
export function submit({ connection, requestId, context, channelId, changeId, body, named }: Submission): void {
  const { claims, user } = identityOf(connection);
  // Advisory: the worker decides. Unknown memberships keep nobody out.
  if (user.known && !user.channels.has(channelId)) throw new StormError('NOT_FOUND');
  const wait = context.sends.take(user.id);
  if (wait > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait });
  slowDown(connection, context);

  const change = { channelId, senderId: user.id, changeId, senderRole: claims.role, wantsState: false, body };
  context.intake.submit(change).then(
    ({ id, verdict }) => {
      connection.send('message.ack', { ...named, id }, requestId);
      void verdict.then((decided) => connection.send('message.result', { ...named, ...resultOf(decided, id) }, requestId));
    },
    (error: unknown) => {
      const { code, message, retryAfterMs } = clientError(error);
      connection.send('error', { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }, requestId);
    },
  );
}

function slowDown(connection: Connection, { intake, now }: FrameContext): void {
  const { level, retryAfterMs } = intake.pressure;
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
