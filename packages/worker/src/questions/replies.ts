import type { Answer, Question } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import type { QuestionContext } from './context.js';
import { cut } from './page.js';
import { checkReader, readable } from './readable.js';

/** The messages of a thread beyond a position, oldest first: as many as fit. Throws NOT_FOUND when there is no such root. */
export async function answerReplies(
  { channelId, userId, id, after, limit }: Question & { kind: 'replies' },
  context: QuestionContext,
): Promise<Answer<'replies'>> {
  await checkReader(channelId, userId, context);
  const { timeline } = context.store;
  const head = (await context.heads.of([channelId])).get(channelId) ?? { seq: 0, position: 0 };
  const [[root], rows] = await Promise.all([
    timeline.messagesById(channelId, [id]),
    timeline.replies(channelId, id, after, limit + 1),
  ]);
  if (!root || root.threadId !== null) throw new StormError('NOT_FOUND');
  const messages = cut(
    await readable(channelId, rows.slice(0, limit), context, { readerId: userId, upTo: head.position }),
    'start',
  );
  return { messages, head, hasMore: messages.length < rows.length };
}
