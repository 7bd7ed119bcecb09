import { onlineAmong, readPresences } from '@storm/shared/node';
import type { Context } from '../context.js';

interface Wanted {
  channelId: string;
  afterUserId: string | undefined;
  limit: number;
  /** About how many members there are. */
  memberCount: number;
}

interface OnlineMember {
  userId: string;
  status: 'online' | 'away' | 'dnd';
}

const membersAtOnce = 200;
/** Members that one page looks at: where few are online it is short, or empty, and the next one goes on from there. */
const membersPerPage = 1_000;

/** Members who are seen online, in the order of their ids, and after whom the next page begins. */
export async function pageOfOnline(
  { channelId, afterUserId, limit, memberCount }: Wanted,
  context: Pick<Context, 'store' | 'redis' | 'names'>,
): Promise<{ members: OnlineMember[]; next: string | undefined }> {
  const online: string[] = [];
  let after = afterUserId;
  for (let looked = 0; looked < membersPerPage; looked += membersAtOnce) {
    const beyond = after === undefined ? {} : { afterUserId: after };
    const found = await context.store.memberships.members(channelId, { ...beyond, limit: membersAtOnce, memberCount });
    const ids = found.map(({ userId }) => userId);
    const present = await onlineAmong(ids, context);
    online.push(...ids.filter((userId) => present.has(userId)));
    after = found.length < membersAtOnce ? undefined : ids.at(-1);
    if (online.length > limit) after = online[limit - 1];
    if (after === undefined || online.length > limit) break;
  }
  const presences = await readPresences(online.slice(0, limit), context);
  const members = [...presences].flatMap(([userId, { status }]) => (status === 'offline' ? [] : [{ userId, status }]));
  return { members, next: after };
}
