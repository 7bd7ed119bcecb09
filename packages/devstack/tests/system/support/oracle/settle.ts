import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Refused, type Rest } from '../../../../src/clients/rest.js';

/** Refusals that a script which does not look may meet: not a member any more, no right, another body, no longer possible. */
const expected = new Set([403, 404, 409, 422]);

/** Makes a change over REST and resolves when it is decided, either way. Throws what is no verdict. */
export async function settle(rest: Rest, method: string, path: string, key: string, body?: object): Promise<void> {
  const options = { headers: { 'idempotency-key': key }, ...(body ? { body } : {}) };
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { status } = await rest.call(z.unknown(), method, path, options);
      if (status !== 202) return;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (expected.has(error.status)) return;
      if (error.status !== 503) throw error;
      await sleep(250); // it may have been taken: the same again, under the same key
    }
  }
  throw new Error(`no verdict on ${method} ${path} for so long`);
}
