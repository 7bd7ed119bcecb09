import type { Answer, Question } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import type { QuestionContext } from './answer.js';
import { checkReader, readable } from './readable.js';

type PageQuestion = Question & { kind: 'page' };

/** A page of history: a range of positions of fixed size, whatever the channel's length. */
export async function answerPage(question: PageQuestion, context: QuestionContext): Promise<Answer<'page'>> {
  const { channelId, userId } = question;
  await checkReader(channelId, userId, context);
  const head = (await context.heads.of([channelId])).get(channelId) ?? { seq: 0, position: 0 };
  const range = rangeOf(question, head.position);
  const rows = range.high > range.low ? await context.store.timeline.messagesInRange(channelId, range.low, range.high) : [];
  const messages = cut(await readable(channelId, rows, context), range.forward ? 'end' : 'start');
  const beyond = range.forward
    ? (messages.at(-1)?.position ?? range.high) < head.position
    : (messages[0]?.position ?? range.low + 1) > 1;
  return { messages, head, hasMore: beyond };
}

export async function answerMessage(
  { channelId, userId, id }: Question & { kind: 'message' },
  context: QuestionContext,
): Promise<Answer<'message'>> {
  await checkReader(channelId, userId, context);
  const [message] = await readable(channelId, await context.store.timeline.messagesById(channelId, [id]), context);
  if (!message) throw new StormError('NOT_FOUND');
  return message;
}

/** Positions `(low, high]`; `forward` when the page goes towards the head. */
export function rangeOf(
  { before, after, around, limit }: Omit<PageQuestion, 'kind' | 'userId' | 'channelId'>,
  last: number,
): { low: number; high: number; forward: boolean } {
  if (after !== undefined) return { low: Math.min(after, last), high: Math.min(after + limit, last), forward: true };
  if (around !== undefined) {
    const high = Math.min(last, around + Math.floor((limit - 1) / 2));
    return { low: Math.max(0, high - limit), high, forward: false };
  }
  const high = before === undefined ? last : Math.min(last, Math.max(0, before - 1));
  return { low: Math.max(0, high - limit), high, forward: false };
}

/** What fits into an answer, cut at the end that the next page begins with. */
export function cut<T>(items: readonly T[], at: 'start' | 'end', bytes: number = limits.answerBytes): T[] {
  const kept: T[] = [];
  let room = bytes;
  for (const item of at === 'end' ? items : items.toReversed()) {
    room -= Buffer.byteLength(JSON.stringify(item)) + 1;
    if (room < 0 && kept.length > 0) break;
    kept.push(item);
  }
  return at === 'end' ? kept : kept.reverse();
}
