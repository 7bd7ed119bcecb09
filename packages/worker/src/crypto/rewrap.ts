import { rewrapDataKey, type KeyRing } from '@storm/shared/node';
import type { Store } from '@storm/store';

const keysAtOnce = 200;

/**
 * Wraps every data key under the current master key, so that the others of the ring can be dropped. Rows stay as they are.
 * Workers may run: they open either. How many were wrapped anew. Throws `UnknownKey` for a master key that is not in the ring
 * only when `kids` names it.
 */
export async function rewrapKeys(
  { channelKeys }: Pick<Store, 'channelKeys'>,
  ring: KeyRing,
  kids: readonly string[] = ring.kids.slice(1),
): Promise<number> {
  let count = 0;
  for (const kid of kids) {
    for (;;) {
      const some = await channelKeys.byMaster(kid, keysAtOnce);
      if (some.length === 0) break;
      for (const { channelId, version, wrapped, masterKid } of some) {
        const anew = wrapped && rewrapDataKey({ wrapped, masterKid }, channelId, version, ring);
        if (anew && (await channelKeys.replaceWrapped({ channelId, version, fromKid: kid, ...anew }))) count++;
      }
    }
  }
  return count;
}
