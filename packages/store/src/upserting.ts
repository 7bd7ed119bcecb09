import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '@storm/shared/node';
import { isContended } from './errors/contended.js';
import { DuplicateKey } from './errors/index.js';
import { translate } from './errors/translate.js';

/**
 * Runs a bulk of upserts again when another writer was in its way: two upserts at once may both find nothing, and then one is
 * refused; the second time it finds the other's document. The bulk must be one that may be done twice.
 */
export async function upserting(bulk: () => Promise<unknown>, attempts = 5): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await bulk();
      return;
    } catch (error) {
      const mayRetry = isContended(error) || translate(error) instanceof DuplicateKey;
      if (attempt >= attempts || !mayRetry) throw error;
      await delay(backoff(attempt, { base: 10, cap: 200 })); // not in step with the other
    }
  }
}
