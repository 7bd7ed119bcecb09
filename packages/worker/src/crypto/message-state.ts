import type { MessageState } from '@storm/shared/protocol';
import type { MessageRow } from '@storm/store';

/** A stored message as clients see it, `myReactions` only to one who asked and reacted. `text` as `readText` gives it: undefined when the row can't be opened. */
export function messageState(
  row: MessageRow,
  text: string | null | undefined,
  replyCount = 0,
  myReactions?: string[],
): MessageState {
  return {
    id: row.id,
    messageId: row.changeId,
    channelId: row.channelId,
    seq: row.seq,
    version: row.version,
    position: row.position,
    senderId: row.senderId,
    text: text ?? null,
    ...(text === undefined ? { unreadable: true as const } : {}),
    threadId: row.threadId,
    replyCount,
    reactions: row.reactions,
    ...(myReactions ? { myReactions } : {}),
    mentions: row.mentions,
    clientTs: row.clientTs.getTime(),
    createdAt: row.createdAt.getTime(),
    editedAt: row.editedAt?.getTime() ?? null,
    deletedAt: row.deletedAt?.getTime() ?? null,
  };
}
