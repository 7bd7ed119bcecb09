import { StormError } from '@storm/shared/node';
import { limits, type Channel, type Member, type Message, type Verdict } from '@storm/shared/protocol';
import type { Reply } from '../http/reply.js';
import { toChannel } from '../views/channel.js';
import { toMember } from '../views/member.js';
import { toMessage } from '../views/message.js';
import type { Submitted } from './submit.js';

interface Queued {
  channelId: string;
  changeId: string;
  status: 'queued';
}
interface Done {
  channelId: string;
  changeId: string;
  status: 'persisted' | 'duplicate';
}
type Decided<T> = T | (T & { status: 'duplicate' }) | Done;

/** How the state of a verdict is shown; undefined when it has none of that kind. */
type View<T> = (state: NonNullable<Verdict['state']>) => T | undefined;
export const showMessage: View<Message> = (state) => ('message' in state ? toMessage(state.message) : undefined);
export const showChannel: View<Channel> = (state) => ('channel' in state ? toChannel(state.channel) : undefined);
export const showMember: View<Member> = (state) => ('member' in state && state.member ? toMember(state.member) : undefined);
/** Of changes that leave nothing to show. */
export const showNothing: View<never> = () => undefined;

/** What a caller is told of a change: as `answerVerdict` says, or 202 while there is no verdict yet. */
export function answer<T extends object>(
  submitted: Submitted,
  show: View<T>,
  persisted: 200 | 201 = 200,
): Reply<Decided<T> | Queued> {
  const { verdict, channelId, changeId } = submitted;
  if (!verdict) return { status: 202, data: { channelId, changeId, status: 'queued' }, headers: headersOf(submitted) };
  return { ...answerVerdict(verdict, show, persisted), headers: headersOf(submitted) };
}

/**
 * `persisted` as 201 or 200 with the state after, `duplicate` as 200 with the state there is and `status`. Throws what was
 * refused, as the worker said it.
 */
export function answerVerdict<T extends object>(verdict: Verdict, show: View<T>, persisted: 200 | 201): Reply<Decided<T>> {
  const { status, channelId, changeId } = verdict;
  if (status === 'conflict' || status === 'failed') throw refusal(verdict);
  const state = verdict.state && show(verdict.state);
  if (!state) return { status: 200, data: { channelId, changeId, status } };
  return status === 'duplicate' ? { status: 200, data: { ...state, status } } : { status: persisted, data: state };
}

/** `X-Storm-Slow-Down`: the queue is long; later changes will be refused if it grows. */
export const headersOf = ({ slowDownMs }: Submitted): Record<string, string> =>
  slowDownMs === undefined ? {} : { 'X-Storm-Slow-Down': String(slowDownMs) };

function refusal({ status, code, message }: Verdict): StormError {
  const why = message === undefined ? {} : { message };
  if (status === 'conflict') return new StormError('CONFLICT', { message: 'This id was used for something else', ...why });
  return new StormError(code ?? 'INTERNAL_ERROR', code === 'UNAVAILABLE' ? { ...why, retryAfterMs: 1_000 } : why);
}

/** The wait that a caller prefers, as it was honoured. */
export const preferenceApplied = (waitMs: number): Record<string, string> => ({
  'Preference-Applied': `wait=${Math.min(waitMs / 1_000, limits.waitSeconds)}`,
});
