import type { Answer, Question } from '@storm/shared/contracts';
import { limits, type ChannelCursor } from '@storm/shared/protocol';
import type { QuestionContext } from './context.js';

/** A user's channels in the order of their ids: where each is, and how far the user has read. */
export async function answerMemberships(
  { userId, after }: Question & { kind: 'memberships' },
  { store, heads }: QuestionContext,
): Promise<Answer<'memberships'>> {
  const page = limits.readyChannels;
  const found = await store.memberships.forUser(userId, {
    ...(after === undefined ? {} : { afterChannelId: after }),
    limit: page + 1,
  });
  const mine = found.slice(0, page);
  const ends = await heads.of(mine.map(({ channelId }) => channelId));
  const cursors = mine.map(({ channelId, readPosition }): ChannelCursor => {
    const { seq, position } = ends.get(channelId) ?? { seq: 0, position: 0 };
    return { channelId, seq, position, readPosition, unread: Math.max(0, position - readPosition), mentions: 0 };
  });
  const mentions = await store.timeline.countMentions(
    userId,
    cursors.map(({ channelId, readPosition: from, position: to }) => ({ channelId, from, to })),
  );
  const channels = cursors.map((cursor) => ({ ...cursor, mentions: mentions.get(cursor.channelId) ?? 0 }));
  return { channels, hasMore: found.length > page };
}
