import type { Answer, Question } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import type { QuestionContext } from './context.js';
import { checkReader, readable } from './readable.js';
import { answerSystemRows, systemBytes } from './system-rows.js';

type PageQuestion = Question & { kind: 'page' };

/** A page of history: a range of positions of fixed size, whatever the channel's length. */
export async function answerPage(question: PageQuestion, context: QuestionContext): Promise<Answer<'page'>> {
  const { channelId, userId } = question;
  await checkReader(channelId, userId, context);
  const head = (await context.heads.of([channelId])).get(channelId) ?? { seq: 0, position: 0 };
  const range = rangeOf(question, head.position);
  const rows = range.high > range.low ? await context.store.timeline.messagesInRange(channelId, range.low, range.high) : [];
  const room = limits.answerBytes - (question.system ? systemBytes : 0);
  const messages = cut(await readable(channelId, rows, context, { readerId: userId, upTo: head.position }), range.anchor, room);
  const beyond =
    range.anchor === 'start'
      ? (messages.at(-1)?.position ?? range.high) < head.position
      : (messages[0]?.position ?? range.low + 1) > 1;
  const page = { messages, head, hasMore: beyond };
  return question.system ? { ...page, system: await answerSystemRows(channelId, page, context) } : page;
}

export async function answerMessage(
  { channelId, userId, id }: Question & { kind: 'message' },
  context: QuestionContext,
): Promise<Answer<'message'>> {
  await checkReader(channelId, userId, context);
  const rows = await context.store.timeline.messagesById(channelId, [id]);
  const [message] = await readable(channelId, rows, context, { readerId: userId });
  if (!message) throw new StormError('NOT_FOUND');
  return message;
}

/** Positions `(low, high]`, and the one that the page must hold, however little fits: its first, its last, or one between. */
export interface Range {
  low: number;
  high: number;
  anchor: 'start' | 'end' | number;
}

export function rangeOf(
  { before, after, around, limit }: Omit<PageQuestion, 'kind' | 'userId' | 'channelId'>,
  last: number,
): Range {
  if (after !== undefined) return { low: Math.min(after, last), high: Math.min(after + limit, last), anchor: 'start' };
  if (around !== undefined) {
    const high = Math.min(last, around + Math.floor((limit - 1) / 2));
    return { low: Math.max(0, high - limit), high, anchor: around };
  }
  const high = before === undefined ? last : Math.min(last, Math.max(0, before - 1));
  return { low: Math.max(0, high - limit), high, anchor: 'end' };
}

/** What fits into an answer: a run without a hole, from the anchor on; around a position both ways in turn. At least one. */
export function cut<T extends { position: number }>(
  items: readonly T[],
  anchor: Range['anchor'],
  bytes: number = limits.answerBytes,
): T[] {
  let [start, end] = span(items, anchor);
  let room = bytes - size(items.slice(start, end));
  for (let [backwards, forwards] = [start > 0, end < items.length]; backwards || forwards;) {
    if (backwards) backwards = take(start - 1) && --start > 0;
    if (forwards) forwards = take(end) && ++end < items.length;
  }
  return items.slice(start, end);

  function take(index: number): boolean {
    room -= size(items.slice(index, index + 1));
    return room >= 0;
  }
}

/** `[start, end)` of the one item that is kept whatever its size. */
function span(items: readonly { position: number }[], anchor: Range['anchor']): [number, number] {
  const nearest = typeof anchor === 'number' ? items.findIndex(({ position }) => position >= anchor) : -1;
  const index = anchor === 'start' ? 0 : nearest < 0 ? items.length - 1 : nearest;
  return [Math.max(0, index), Math.min(items.length, index + 1)];
}

const size = (items: readonly unknown[]): number =>
  items.reduce<number>((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
