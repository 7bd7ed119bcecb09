import { StormError } from '@storm/shared/node';
import type { MessageState } from '@storm/shared/protocol';
import type { MessageRow } from '@storm/store';
import { messageState } from '../crypto/message-state.js';
import { readTexts } from '../crypto/read-texts.js';
import type { QuestionContext } from './context.js';

/** Members read; for everyone else the channel does not exist. */
export async function checkReader(channelId: string, userId: string, { store }: QuestionContext): Promise<void> {
  const membership = (await store.memberships.of(channelId, [userId])).get(userId);
  if (!membership || membership.leftAt) throw new StormError('NOT_FOUND');
}

interface View {
  /** Whose own reactions are shown. */
  readerId: string;
  /** Replies count up to this position: of an answer that names its head, so that who adds those it sees after adds none twice. */
  upTo?: number;
}

/** Rows as clients see them, with the number of replies to each, and a reader's own reactions. One that can't be opened says so; the others are served. */
export async function readable(
  channelId: string,
  rows: readonly MessageRow[],
  context: QuestionContext,
  { readerId, upTo = Number.MAX_SAFE_INTEGER }: View,
): Promise<MessageState[]> {
  const { store } = context;
  const roots = rows.filter(({ threadId }) => threadId === null).map(({ id }) => id);
  const replies = roots.length > 0 ? await store.timeline.countReplies(channelId, roots, upTo) : new Map<string, number>();
  const reacted = rows.filter(({ reactions }) => Object.keys(reactions).length > 0).map(({ position }) => position);
  const own = await store.reactions.ofUser(channelId, readerId, reacted);
  const texts = await readTexts(channelId, rows, context);
  return rows.map((row) => messageState(row, texts.get(row), replies.get(row.id), own.get(row.position)));
}
