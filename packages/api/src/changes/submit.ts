import { laneOf, type ChangeBody } from '@storm/shared/contracts';
import { limits, type MessageId, type Verdict } from '@storm/shared/protocol';
import type { Actor } from '../auth/service-keys/service.js';
import type { Context } from '../context.js';

interface Submission {
  user: Actor;
  channelId: string;
  changeId: string;
  body: ChangeBody;
  /** How long to wait for the verdict; 0: not at all. Default: 5,000. */
  waitMs?: number;
}

export interface Submitted {
  channelId: string;
  changeId: string;
  id: MessageId;
  /** Undefined when the time was too short. */
  verdict: Verdict | undefined;
  /** Set when the queue is long: how long senders had better wait before the next, in milliseconds. */
  slowDownMs: number | undefined;
}

/** Puts a change into the queue, which is the only way that a channel changes, and waits a little for what becomes of it. */
export async function submit(
  { user, channelId, changeId, body, waitMs = limits.waitSeconds * 1_000 }: Submission,
  { intake }: Pick<Context, 'intake'>,
): Promise<Submitted> {
  const pressure = intake.pressure(laneOf(channelId));
  const change = { channelId, changeId, senderId: user.sub, senderRole: user.role, wantsState: waitMs > 0, body };
  const { id, verdict } = await intake.submit(change);
  return {
    channelId,
    changeId,
    id,
    verdict: waitMs > 0 ? await within(waitMs, verdict) : undefined,
    slowDownMs: pressure.level === 'slow' ? pressure.retryAfterMs : undefined,
  };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
