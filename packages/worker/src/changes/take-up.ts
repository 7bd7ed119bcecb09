import type { Store, TimelineRow } from '@storm/store';
import { inParallel } from '../in-parallel.js';
import type { ChannelState, End } from './channel-state.js';
import type { FollowUps } from './follow-ups.js';

/** Rows of one read; a channel that is further behind is taken up in steps. */
const step = 500;

/**
 * Reads a channel afresh, after redoing what lies above its `heads`: targets, recent log, publishing, read positions. Its
 * writer may have died before any of it; all of it is idempotent. What it returns is as of a moment after the call.
 */
export async function takeUp(channelIds: readonly string[], store: Store, followUps: FollowUps): Promise<ChannelState[]> {
  if (channelIds.length === 0) return [];
  const heads = await store.heads.read([...channelIds]);
  const ends = new Map<string, End>();
  for (const channelId of channelIds) ends.set(channelId, heads.get(channelId) ?? { seq: 0, position: 0 });

  for (let behind = [...channelIds]; behind.length > 0;) {
    const found = await inParallel(behind, (channelId) =>
      store.timeline.rowsAbove(channelId, ends.get(channelId)?.seq ?? 0, step),
    );
    const rows = found.flat();
    for (const row of rows) advance(ends, row);
    await followUps.redo(rows, ends);
    behind = behind.filter((_, i) => (found[i]?.length ?? 0) >= step);
  }

  // After redoing: what is read now has all of it.
  const settings = await store.channels.read([...channelIds]);
  return channelIds.map((channelId): ChannelState => {
    const { seq, position } = ends.get(channelId) ?? { seq: 0, position: 0 };
    const stored = settings.get(channelId);
    return {
      channelId,
      seq,
      position,
      settings: stored
        ? {
            type: stored.type,
            name: stored.name,
            description: stored.description,
            createdBy: stored.createdBy,
            memberCount: stored.memberCount,
            isArchived: stored.isArchived,
            isErased: stored.erasedAt !== null,
            createdAt: stored.createdAt.getTime(),
          }
        : null,
      members: new Map(),
      fresh: true,
    };
  });
}

function advance(ends: Map<string, End>, row: TimelineRow): void {
  const end = ends.get(row.channelId);
  if (!end || row.seq <= end.seq) return;
  end.seq = row.seq;
  if (row.kind === 'message') end.position = row.position;
}
