import type { Store } from '@storm/store';
import type { ChannelState } from './channel-state.js';
import { claimOf, type OpenedChange } from './opened-change.js';

/** Gives back the public names that changes which stored no row had reserved, unless their channel bears them. */
export async function releaseUnusedNames(
  unused: readonly OpenedChange[],
  states: ReadonlyMap<string, ChannelState>,
  store: Store,
): Promise<void> {
  for (const change of unused) {
    const { channelId, body } = change;
    const wanted = body.kind === 'create' || body.kind === 'rename' ? body.name?.toLowerCase() : undefined;
    if (wanted === undefined || states.get(channelId)?.settings?.name?.toLowerCase() === wanted) continue;
    await store.names.release(wanted, channelId, claimOf(change));
  }
}

/**
 * Gives back the names that a channel bore before one of its rows renamed it. A claim made by a later change, or by one that
 * is not stored yet, is none of them: that change is still on its way to bear it.
 */
export async function releaseOldNames(
  channelId: string,
  { bears, seq }: { bears: string; seq: number },
  store: Store,
): Promise<void> {
  for (const { nameLower, claim } of await store.names.ofChannel(channelId)) {
    if (nameLower === bears) continue;
    const [senderId = '', changeId = ''] = claim.split(' ');
    const [claimed] = await store.timeline.storedChanges([{ channelId, senderId, changeId }]);
    if (claimed && claimed.seq < seq) await store.names.release(nameLower, channelId, claim);
  }
}
