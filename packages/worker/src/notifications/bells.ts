import { isDm } from '@storm/shared/contracts';
import type { EditRow, MessageRow, TimelineRow } from '@storm/store';

/** Who is to be told of a message, and why; of one message everybody at most once. */
export interface Bell {
  type: 'mention' | 'dm';
  userId: string;
  channelId: string;
  messageId: string;
  /** The message's own, also where an edit rings. */
  seq: number;
  position: number;
  senderId: string;
  at: Date;
}

/** What the rows alone do not say. */
export interface Facts {
  /** The other one of a direct message. */
  partnerOf: (dmId: string, userId: string) => string | undefined;
  /** `seq` of the message that an edit names. */
  messageSeqOf: (edit: EditRow) => number | undefined;
}

type Ringing = MessageRow | EditRow;

/** Rows that tell somebody: messages that mention or are direct, and edits that mention. */
export const ringing = (rows: readonly TimelineRow[]): Ringing[] =>
  rows.filter((row) =>
    isDm(row.channelId) ? row.kind === 'message' : (row.kind === 'message' || row.kind === 'edit') && row.mentions.length > 0,
  ) as Ringing[];

/**
 * Those who are told of these rows. An edit rings under its message's `seq`: whoever that message has mentioned before, in
 * whatever version, has been told.
 */
export function bellsOf(rows: readonly Ringing[], facts: Facts): Bell[] {
  return rows.flatMap((row): Bell[] => {
    const { channelId, senderId, createdAt: at } = row;
    const seq = row.kind === 'edit' ? facts.messageSeqOf(row) : row.seq;
    if (seq === undefined) return [];
    const [position, messageId] = row.kind === 'edit' ? [row.target, row.targetId] : [row.position, row.id];
    const about = { channelId, messageId, seq, position, senderId, at };
    if (isDm(channelId)) {
      const userId = facts.partnerOf(channelId, senderId);
      return userId === undefined ? [] : [{ type: 'dm', userId, ...about }];
    }
    return row.mentions.filter((userId) => userId !== senderId).map((userId) => ({ type: 'mention', userId, ...about }));
  });
}
