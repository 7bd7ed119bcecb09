import type { IntakeVerdict } from '@storm/shared/contracts';
import { messageIdOf } from '@storm/shared/contracts';
import type { TimelineRow } from '@storm/store';
import type { OpenedChange } from './opened-change.js';
import type { Outcome } from './outcomes.js';

/** What was decided of a change: it has a row (this one's, or an earlier one's), or it has none and why. */
export type Decision =
  { status: 'persisted' | 'duplicate'; row: TimelineRow } | { status: 'conflict'; row: TimelineRow } | Outcome;

/** A verdict without the state after. */
export function verdictOf(change: OpenedChange, decision: Decision): IntakeVerdict {
  const { intakeId, channelId, changeId } = change;
  const base = { intakeId, channelId, changeId, status: decision.status };
  if (decision.status === 'failed') return { ...base, code: decision.code, message: decision.message };
  if (decision.status === 'conflict') return { ...base, code: 'CONFLICT', message: 'Another change was made under this id' };
  if (!('row' in decision)) return { ...base, ...named(change) };
  const { row } = decision;
  return { ...base, seq: row.seq, ...placeOf(row), ...(row.kind === 'message' ? { id: row.id } : named(change)) };
}

const named = ({ channelId, senderId, changeId, body }: OpenedChange): { id?: string } => {
  if (body.kind === 'message') return { id: messageIdOf(channelId, senderId, changeId) };
  return 'id' in body ? { id: body.id } : {};
};

function placeOf(row: TimelineRow): { position?: number } {
  if (row.kind === 'message') return { position: row.position };
  return 'target' in row ? { position: row.target } : {};
}
