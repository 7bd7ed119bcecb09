import type { Answer, Question } from '@storm/shared/contracts';
import type { QuestionContext } from './context.js';

/** Channels of the one who is asked about that are read at once. */
const channelsAtOnce = 500;
/** Who is in more is seen by those of the first so many. */
const channelsMax = 10_000;

/** Who of some users shares a channel or a direct message with another. Whoever does sees that one's presence, and is seen. */
export async function answerVisible(
  { userId, others }: Question & { kind: 'visible' },
  { store }: QuestionContext,
): Promise<Answer<'visible'>> {
  const wanted = [...new Set(others)].filter((other) => other !== userId);
  const found = new Set<string>();
  for (let after: string | undefined, read = 0; found.size < wanted.length && read < channelsMax; read += channelsAtOnce) {
    const beyond = after === undefined ? {} : { afterChannelId: after };
    const channels = (await store.memberships.forUser(userId, { ...beyond, limit: channelsAtOnce })).map(
      ({ channelId }) => channelId,
    );
    const left = wanted.filter((other) => !found.has(other));
    for (const other of await store.memberships.sharing(left, channels)) found.add(other);
    if (channels.length < channelsAtOnce) break;
    after = channels.at(-1);
  }
  const users = await store.users.byIds([...found]);
  return { users: users.map(({ _id, lastSeenAt }) => ({ userId: _id, lastSeenAt: lastSeenAt?.getTime() ?? null })) };
}
