import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '@storm/shared/node';
import type { Schema } from 'mongoose';
import { StoreFailure, StoreUnavailable } from './errors/index.js';
import { translate } from './errors/translate.js';
import type { Models } from './models.js';

/** IndexOptionsConflict, IndexKeySpecsConflict: an index of that name is there and differs. Trying again won't help. */
const conflicts = new Set([85, 86]);
const attempts = 6;

/**
 * Makes the indexes that are missing. Several services may do it at once: a server that trips over itself then is asked again.
 * The indexes of `reactions` come with its model.
 */
export async function createIndexes(models: Models): Promise<void> {
  for (const { collection, schema } of Object.values(models) as { collection: IndexedCollection; schema: Schema }[]) {
    const indexes = schema.indexes().map(([key, options]) => ({ ...withoutBackground(options), key }));
    if (indexes.length > 0) await patiently(() => collection.createIndexes(indexes));
  }
}

interface IndexedCollection {
  createIndexes(indexes: object[]): Promise<unknown>;
}

/** mongoose adds it to all; servers have ignored it since 4.2. */
function withoutBackground({ background: _, ...options }: Record<string, unknown>): Record<string, unknown> {
  return options;
}

async function patiently(make: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await make();
      return;
    } catch (error) {
      const translated = translate(error);
      const isFinal =
        translated instanceof StoreUnavailable || (translated instanceof StoreFailure && conflicts.has(translated.code ?? 0));
      if (isFinal || attempt >= attempts) throw translated;
      await delay(backoff(attempt, { base: 50, cap: 1_000 }));
    }
  }
}
