import type { Message, MessageState, SystemChange } from '@storm/shared/protocol';
import type { SystemRun } from '../schemas/changes.js';
import { toMessage } from './message.js';
import { toSystemRow } from './system-row.js';

/** A page's messages and the system rows between them, in the order of `seq`; rows of one kind in a row as one item. */
export function mixedPage(messages: readonly MessageState[], system: readonly SystemChange[]): (Message | SystemRun)[] {
  const items: (Message | SystemRun)[] = [];
  let run: SystemRun | undefined;
  const rows = [...messages, ...system].sort((a, b) => a.seq - b.seq);
  for (const row of rows) {
    if (!('actorId' in row)) {
      run = undefined;
      items.push(toMessage(row));
    } else if (run?.kind === row.kind) {
      run.seq = row.seq;
      run.count = run.changes.push(toSystemRow(row));
    } else {
      run = { kind: row.kind, from: row.seq, seq: row.seq, count: 1, changes: [toSystemRow(row)] };
      items.push(run);
    }
  }
  return items;
}
