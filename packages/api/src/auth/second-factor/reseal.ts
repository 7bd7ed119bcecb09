import type { KeyRing } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { openSecret, sealSecret } from './secret-box.js';

const pageSize = 100;

/**
 * Seals what is sealed under the ring's older keys under the current one, and says how many: then the older keys can be dropped.
 * Several may do it at once. Throws for a secret that its key does not open.
 */
export async function resealSecrets(factors: Store['secondFactors'], ring: KeyRing): Promise<number> {
  let count = 0;
  for (const kid of ring.kids.slice(1)) {
    for (;;) {
      const page = await factors.underKey(kid, pageSize);
      for (const factor of page) {
        const resealed = sealSecret(openSecret(factor, factor._id, ring), factor._id, ring);
        if (await factors.reseal({ userId: factor._id, fromSecret: factor.secret, ...resealed })) count++;
      }
      if (page.length < pageSize) break;
    }
  }
  return count;
}
