import type { Answer, Question } from '@storm/shared/contracts';
import type { QuestionContext } from './context.js';

/** Channels of the one who is asked about that are read at once; at first few, as those who share many are found in those. */
const channelsAtOnce = 500;
const channelsAtFirst = 20;
/** Who is in more is seen by those of the first so many. */
const channelsMax = 10_000;

/** Who of some users shares a channel or a direct message with another. Whoever does sees that one's presence, and is seen. */
export async function answerVisible(
  { userId, others }: Question & { kind: 'visible' },
  { store }: QuestionContext,
): Promise<Answer<'visible'>> {
  const wanted = [...new Set(others)].filter((other) => other !== userId);
  const found = new Set<string>();
  let [after, limit, read]: [string | undefined, number, number] = [undefined, channelsAtFirst, 0];
  while (found.size < wanted.length && read < channelsMax) {
    const beyond: { afterChannelId?: string } = after === undefined ? {} : { afterChannelId: after };
    const channels: string[] = (await store.memberships.forUser(userId, { ...beyond, limit })).map(({ channelId }) => channelId);
    const left = wanted.filter((other) => !found.has(other));
    for (const other of await store.memberships.sharing(left, channels)) found.add(other);
    if (channels.length < limit) break;
    [after, read] = [channels.at(-1), read + limit];
    limit = Math.min(channelsAtOnce, 5 * limit, channelsMax - read);
  }
  const users = await store.users.byIds([...found]);
  return { users: users.map(({ _id, lastSeenAt }) => ({ userId: _id, lastSeenAt: lastSeenAt?.getTime() ?? null })) };
}
