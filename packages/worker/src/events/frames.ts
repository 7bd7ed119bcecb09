import type { MessageState, ServerEvent, ServerPayload, SystemChange } from '@storm/shared/protocol';
import type { MessageRow, SystemRow, TimelineRow } from '@storm/store';
import { messageState } from '../crypto/message-state.js';
import type { TextRow } from '../crypto/text.js';

/** One live event: covers the changes `from`–`seq` of its channel. */
export interface Event {
  from: number;
  seq: number;
  frame: { [E in ServerEvent]: { event: E; payload: ServerPayload<E> } }[ServerEvent];
}

export const systemChange = ({ seq, senderId, createdAt, system }: SystemRow): SystemChange => {
  // `position` is where the joined one's reading begins: the membership's, not the frame's.
  const { members, position: _, ...rest } = system;
  const at = createdAt.getTime();
  return {
    seq,
    actorId: senderId,
    at,
    ...rest,
    ...(members ? { members: members.map((member) => ({ ...member, joinedAt: at })) } : {}),
  };
};

/**
 * The events of one channel's rows, ascending. System rows that follow each other become one event, so that ten thousand
 * joins are not ten thousand events to each member; across a hole they do not, as an event covers its whole range. `text`
 * gives the text of a message or an edit, as `readText` does.
 */
export function eventsOf(rows: readonly TimelineRow[], text: (row: TextRow) => string | null | undefined): Event[] {
  const events: Event[] = [];
  for (const row of rows) {
    const { channelId, seq } = row;
    switch (row.kind) {
      case 'message':
        events.push({ from: seq, seq, frame: { event: 'message.new', payload: asNew(row, text(row)) } });
        break;
      case 'edit': {
        const { target: position, targetId: id, mentions, createdAt } = row;
        const payload = { channelId, seq, position, id, text: text(row) ?? null, mentions, editedAt: createdAt.getTime() };
        events.push({ from: seq, seq, frame: { event: 'message.updated', payload } });
        break;
      }
      case 'reaction': {
        const { target: position, targetId: id, reactions, senderId: userId, emoji, added } = row;
        const payload = { channelId, seq, position, id, reactions, userId, emoji, added };
        events.push({ from: seq, seq, frame: { event: 'message.reactions', payload } });
        break;
      }
      case 'delete': {
        const payload = { channelId, seq, position: row.target, id: row.targetId, deletedAt: row.deletedAt.getTime() };
        events.push({ from: seq, seq, frame: { event: 'message.deleted', payload } });
        break;
      }
      case 'system': {
        const last = events.at(-1);
        if (last?.frame.event === 'channel.changed' && last.seq === seq - 1 && last.frame.payload.changes.length < mergedMax) {
          last.seq = seq;
          last.frame.payload.seq = seq;
          last.frame.payload.changes.push(systemChange(row));
        } else {
          events.push({
            from: seq,
            seq,
            frame: { event: 'channel.changed', payload: { channelId, from: seq, seq, changes: [systemChange(row)] } },
          });
        }
      }
    }
  }
  return events;
}

/** As it was told when it was new, but for a text that was changed or taken away since: events of their own tell what became of it. */
const asNew = (row: MessageRow, text: string | null | undefined): MessageState => ({
  ...messageState(row, text),
  version: row.seq,
  reactions: {},
  editedAt: null,
});

/** About 200 bytes a change: a frame stays well below what an outbox may hold. */
const mergedMax = 256;
