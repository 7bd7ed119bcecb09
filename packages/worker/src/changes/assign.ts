import { Draft, type ChannelState } from './channel-state.js';
import { decide } from './decide.js';
import type { Facts } from './facts.js';
import { NamedMessages } from './named-messages.js';
import type { OpenedChange } from './opened-change.js';
import type { Outcome } from './outcomes.js';
import type { RowPlan } from './row-plan.js';

export interface Plan {
  rows: { change: OpenedChange; row: RowPlan }[];
  /** Changes without a row: refused, or they would change nothing. */
  outcomes: Map<OpenedChange, Outcome>;
  /** Channels whose cached state would refuse: it must be read afresh before it may. */
  stale: Set<string>;
  drafts: Draft[];
}

/**
 * Decides every change in order, as if all before it were stored, and gives those that may be their `seq` and `position`.
 * Pure: it asks nobody and changes nothing but drafts.
 */
export function assign(
  changes: readonly OpenedChange[],
  states: ReadonlyMap<string, ChannelState>,
  facts: Facts,
  { now, editWindowMs }: { now: Date; editWindowMs: number },
): Plan {
  const plan: Plan = { rows: [], outcomes: new Map(), stale: new Set(), drafts: [] };
  const drafts = new Map<string, Draft>();
  const named = new NamedMessages(facts);

  for (const change of changes) {
    const { channelId } = change;
    const draft = drafts.get(channelId) ?? openDraft(channelId);
    const decided = decide(change, { channel: draft, facts, named, now, editWindowMs });
    if ('status' in decided) {
      if (draft.fresh) plan.outcomes.set(change, decided);
      else plan.stale.add(channelId);
      continue;
    }
    draft.seq++;
    plan.rows.push({
      change,
      row: { ...decided, seq: draft.seq, ...(decided.kind === 'message' ? { position: ++draft.position } : {}) } as RowPlan,
    });
    named.remember(change, decided, draft.position, now);
  }
  plan.drafts = [...drafts.values()];
  return plan;

  function openDraft(channelId: string): Draft {
    const state = states.get(channelId);
    if (!state) throw new Error('a channel was not read before deciding');
    const draft = new Draft(state);
    drafts.set(channelId, draft);
    return draft;
  }
}
