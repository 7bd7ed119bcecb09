import { DuplicateKey } from './errors/index.js';
import { translate } from './errors/translate.js';

/**
 * Runs a bulk of upserts again when it met a unique index: two upserts at once may both find nothing, and then one is
 * refused; the second time it finds the other's document. The bulk must be one that may be done twice.
 */
export async function upserting(bulk: () => Promise<unknown>, attempts = 5): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await bulk();
      return;
    } catch (error) {
      if (attempt >= attempts || !(translate(error) instanceof DuplicateKey)) throw error;
    }
  }
}
