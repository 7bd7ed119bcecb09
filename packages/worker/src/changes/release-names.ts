import type { Store } from '@storm/store';
import type { ChannelState } from './channel-state.js';
import type { OpenedChange } from './opened-change.js';

/** Gives back the public names that refused changes had reserved, unless their channel bears them. */
export async function releaseRefusedNames(
  refused: readonly OpenedChange[],
  states: ReadonlyMap<string, ChannelState>,
  store: Store,
): Promise<void> {
  for (const { channelId, body } of refused) {
    const wanted = body.kind === 'create' || body.kind === 'rename' ? body.name?.toLowerCase() : undefined;
    if (wanted !== undefined && states.get(channelId)?.settings?.name?.toLowerCase() !== wanted)
      await store.names.release(wanted, channelId);
  }
}
