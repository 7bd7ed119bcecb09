import { type Collection, chunks, majority } from '../collection.js';
import { toRow } from './document.js';
import type { TimelineRow } from './rows.js';
import type { TimelineDocument } from './schema.js';

export interface ChangeKey {
  channelId: string;
  senderId: string;
  changeId: string;
}

/** How many changes one query names. */
const keysPerQuery = 200;

/** The rows of these changes that are stored, in no order. A majority read: it decides what is a duplicate. */
export const storedChanges = (timeline: Collection<TimelineDocument>) =>
  async function storedChanges(keys: readonly ChangeKey[]): Promise<TimelineRow[]> {
    const rows: TimelineRow[] = [];
    for (const some of chunks(keys, keysPerQuery)) {
      const found = await timeline.find({ $or: bySender(some) }, majority).toArray();
      rows.push(...found.map(toRow));
    }
    return rows;
  };

/** A clause per channel and sender, so that each is a few lookups in the unique index. */
export function bySender(keys: readonly ChangeKey[]): { channelId: string; senderId: string; changeId: { $in: string[] } }[] {
  const clauses = new Map<string, ReturnType<typeof bySender>[number]>();
  for (const { channelId, senderId, changeId } of keys) {
    const of = `${channelId} ${senderId}`;
    const clause = clauses.get(of);
    if (clause) clause.changeId.$in.push(changeId);
    else clauses.set(of, { channelId, senderId, changeId: { $in: [changeId] } });
  }
  return [...clauses.values()];
}
