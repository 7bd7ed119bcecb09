import { z } from 'zod';
import { Refused, type Rest } from '../../../../src/clients/rest.js';

/** Refusals that a script which does not look may meet: not a member any more, no right, another body, no longer possible. */
const expected = new Set([403, 404, 409, 422]);

/** Makes a change over REST and resolves when it is decided, either way. Throws what is no verdict. */
export async function settle(rest: Rest, method: string, path: string, key: string, body?: object): Promise<void> {
  const options = { headers: { 'idempotency-key': key }, ...(body ? { body } : {}) };
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      const { status } = await rest.call(z.unknown(), method, path, options);
      if (status !== 202) return;
    } catch (error) {
      if (error instanceof Refused && expected.has(error.status)) return;
      throw error;
    }
  }
  throw new Error(`no verdict on ${method} ${path} for so long`);
}
