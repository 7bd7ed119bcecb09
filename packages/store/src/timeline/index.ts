import type { Model } from 'mongoose';
import { native } from '../collection.js';
import { apply } from './apply.js';
import { countMentions, countReplies } from './counts.js';
import { endsAbove } from './ends-above.js';
import { insertRows } from './insert-rows.js';
import { messagesAt, messagesById } from './messages.js';
import { replies } from './replies.js';
import { messagesInRange, rowsAbove, rowsInRange, systemInRange } from './ranges.js';
import type { TimelineDocument } from './schema.js';
import { storedChanges } from './stored-changes.js';

export type * from './rows.js';
export type { MessageOp } from './apply.js';
export type { PositionRange } from './counts.js';
export type { ChannelEnd } from './ends-above.js';
export type { Inserted } from './insert-rows.js';
export type { ChangeKey } from './stored-changes.js';

export type TimelineQueries = ReturnType<typeof timelineQueries>;

export function timelineQueries(model: Model<TimelineDocument>) {
  const timeline = native(model);
  return {
    insertRows: insertRows(timeline),
    rowsAbove: rowsAbove(timeline),
    endsAbove: endsAbove(timeline),
    rowsInRange: rowsInRange(timeline),
    systemInRange: systemInRange(timeline),
    messagesInRange: messagesInRange(timeline),
    messagesAt: messagesAt(timeline),
    messagesById: messagesById(timeline),
    replies: replies(timeline),
    storedChanges: storedChanges(timeline),
    apply: apply(timeline),
    countReplies: countReplies(timeline),
    countMentions: countMentions(timeline),
  };
}
