import { bodyDigest } from '@storm/shared/node';
import type { Store, TimelineRow } from '@storm/store';
import type { ChannelKeys } from '../crypto/channel-keys.js';
import { buildRows } from '../crypto/build-rows.js';
import type { Guard } from '../retry.js';
import { assign, type Plan } from './assign.js';
import { byChannel } from './by-channel.js';
import type { ChannelCache } from './channel-cache.js';
import type { ChannelState, End } from './channel-state.js';
import { collectFacts } from './collect-facts.js';
import type { FollowUps } from './follow-ups.js';
import { keyOf, type OpenedChange } from './opened-change.js';
import { refused } from './outcomes.js';
import { releaseUnusedNames } from './release-names.js';
import { takeUp } from './take-up.js';
import type { Decision } from './verdicts.js';

export interface CommitContext {
  store: Store;
  keys: ChannelKeys;
  followUps: FollowUps;
  /** How long a message may be edited, in milliseconds. */
  editWindowMs: number;
  now?: () => number;
}

export interface Commit {
  /** Those to decide now: of first copies, in the order of their job. */
  changes: readonly OpenedChange[];
  /** All of their job: what stands before one of these that is stored has been decided. */
  job: readonly OpenedChange[];
  cache: ChannelCache;
  guard: Guard;
  /** Has this job been taken before, or has a write of it failed? Then some of it may be stored. */
  again: boolean;
  /** Called when what is stored is found and its channels are taken up, before the rest is decided; not when nothing is left. */
  begin?: (() => Promise<void>) | undefined;
  /** What earlier rounds made of changes without a row; kept over retries, because it may have become final. */
  tentative: Map<OpenedChange, Decision>;
}

/**
 * Stores the changes of one job and says what became of each.
 *
 * At most one row per (channel, sender, changeId), in order, without holes in `seq`: the timeline's unique indexes decide,
 * the cached head is only a guess. All follow-ups are done when it returns. It may be called again with the same changes at
 * any time, also while another worker has them; what is stored is found. Throws when MongoDB or Redis can't be asked
 * (transient: again later), and `LockLost`.
 */
export async function commit(
  { changes, job, cache, guard, again, begin, tentative }: Commit,
  context: CommitContext,
): Promise<Map<OpenedChange, Decision>> {
  const { store, keys, followUps, editWindowMs, now = Date.now } = context;
  const decisions = new Map<OpenedChange, Decision>();
  const mine: TimelineRow[] = [];
  const ends = new Map<string, End>();
  const texts = new Map<string, string>();
  /** Channels in which something was found stored: taken up after the finding, as its writer may be dead. */
  const found = new Set<string>();

  const states = new Map<string, ChannelState>();
  let left = [...changes];
  if (again) {
    cache.drop(left.map(({ channelId }) => channelId));
    for (let more = true; more;) {
      left = await takeOutStored(left);
      more = found.size > 0;
      await readStates(left);
    }
  }
  if (left.length > 0) await begin?.();

  for (;;) {
    guard.check();
    await readStates(left);
    const facts = await collectFacts(left, states, store);
    const at = new Date(now());
    const plan = assign(left, states, facts, { now: at, editWindowMs });
    if (plan.stale.size > 0) {
      // The cache would refuse: whatever it holds of these channels is read afresh first.
      cache.drop(plan.stale);
      left = await takeOutStored(left, plan.stale);
      continue;
    }
    if (plan.outcomes.size > 0) {
      // Asked after the state was read: what was stored under its id is answered with that, whatever changed since.
      const waiting = left.length;
      left = await takeOutStored(left, new Set([...plan.outcomes.keys()].map(({ channelId }) => channelId)));
      if (left.length < waiting) continue;
    }
    for (const [change, outcome] of plan.outcomes) tentative.set(change, outcome);
    // Two writers that insert into the same channels in opposite orders can lock each other out for a second.
    plan.rows.sort((a, b) => (a.change.channelId < b.change.channelId ? -1 : Number(a.change.channelId > b.change.channelId)));
    const rows = await buildRows(plan.rows, keys, at);
    for (const { change, row } of plan.rows) if ('text' in row) texts.set(keyOf(change), row.text);

    guard.check();
    const { inserted, conflict } = rows.length > 0 ? await store.timeline.insertRows(rows) : { inserted: 0, conflict: false };
    keep(plan, rows.slice(0, inserted));
    if (!conflict) {
      for (const [change, outcome] of plan.outcomes) decisions.set(change, outcome);
      for (const draft of plan.drafts) draft.keep();
      break;
    }
    // Another writer was there. What of this plan went in stays; every guess about these channels is void.
    cache.drop(left.map(({ channelId }) => channelId));
    left = await takeOutStored(left.filter((change) => !decisions.has(change)));
  }

  guard.check();
  await followUps.run(mine, ends, (row) => texts.get(keyOf(row)));
  await releaseUnusedNames(
    changes.filter((change) => decisions.get(change)?.status !== 'persisted'),
    states,
    store,
  );
  for (const state of states.values()) state.fresh = false; // true of this moment only
  return decisions;

  /** Notes what went in: the first rows of a plan. */
  function keep(plan: Plan, rows: readonly TimelineRow[]): void {
    for (const [i, row] of rows.entries()) {
      const { change } = plan.rows[i] ?? {};
      if (change) decisions.set(change, { status: 'persisted', row });
      const before = ends.get(row.channelId)?.position ?? 0;
      const position = row.kind === 'message' ? row.position : Math.max(before, states.get(row.channelId)?.position ?? 0);
      ends.set(row.channelId, { seq: row.seq, position });
      mine.push(row);
    }
  }

  /** Fills `states` for the channels of `wanted`, taking up those that the cache does not hold, or where something was found stored. */
  async function readStates(wanted: readonly OpenedChange[]): Promise<void> {
    const channelIds = [...new Set([...wanted.map(({ channelId }) => channelId), ...found])];
    cache.drop(found);
    found.clear();
    const missing = channelIds.filter((channelId) => !cache.get(channelId));
    for (const state of await takeUp(missing, store, followUps)) cache.set(state);
    for (const channelId of channelIds) {
      const state = cache.get(channelId);
      if (state) states.set(channelId, state);
    }
  }

  /** Decides those that are stored already, and those that stand before a stored one of this very job: final. */
  async function takeOutStored(candidates: readonly OpenedChange[], only?: ReadonlySet<string>): Promise<OpenedChange[]> {
    const channelIds = only ?? new Set(candidates.map(({ channelId }) => channelId));
    const asked = job.filter(({ channelId }) => channelIds.has(channelId));
    const stored = new Map<string, TimelineRow>();
    for (const row of await store.timeline.storedChanges(asked)) stored.set(keyOf(row), row);
    const undecided = new Set(candidates);
    for (const group of byChannel(asked).values()) {
      const last = group.findLastIndex((change) => stored.get(keyOf(change))?.intakeId === change.intakeId);
      for (const [i, change] of group.entries()) {
        const row = stored.get(keyOf(change));
        if (!undecided.has(change) || (!row && i > last)) continue;
        if (row) found.add(change.channelId);
        const outcome = row
          ? await storedDecision(change, row)
          : (tentative.get(change) ?? refused('it was refused when it was first decided'));
        decisions.set(change, outcome);
        undecided.delete(change);
      }
    }
    return candidates.filter((change) => undecided.has(change));
  }

  async function storedDecision(change: OpenedChange, row: TimelineRow): Promise<Decision> {
    if (row.intakeId === change.intakeId) return { status: 'persisted', row };
    const key = await keys.forReading(row.channelId, row.keyVersion);
    // Without its key (erased) nothing can be compared, and nothing is told.
    const same = !key || bodyDigest(key, change.canonical).equals(row.bodyHmac);
    return { status: same ? 'duplicate' : 'conflict', row };
  }
}
