import type { Answer } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import { systemChange } from '../events/frames.js';
import type { QuestionContext } from './context.js';

type Page = Answer<'page'>;

/** What system rows may take of an answer: about 200 bytes each, and the first members of `created`. */
export const systemBytes = 64 * 1024;

/**
 * The system rows that belong to a page of messages: from its first message on (from the channel's beginning, if that is the
 * first of all) to below the next page's first message, or to the head. So the pages of a channel show each row once.
 */
export async function answerSystemRows(
  channelId: string,
  { messages, head }: Pick<Page, 'messages' | 'head'>,
  { store }: QuestionContext,
): Promise<NonNullable<Page['system']>> {
  const [first, last] = [messages.at(0), messages.at(-1)];
  const from = first && first.position > 1 ? first.seq : 1;
  const isLast = (last?.position ?? head.position) >= head.position;
  const [next] = isLast || !last ? [] : await store.timeline.messagesAt(channelId, [last.position + 1]);
  const most = limits.systemRowsPerPage;
  const rows = await store.timeline.systemInRange(channelId, from, next?.seq ?? head.seq + 1, most + 1);
  return { rows: rows.slice(0, most).map(systemChange), complete: rows.length <= most };
}
