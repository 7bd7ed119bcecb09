import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Refused, type Rest } from '../../../../src/clients/rest.js';

/** Refusals that a script which does not look may meet: not a member any more, no right, another body, no longer possible. */
const expected = new Set([403, 404, 409, 422]);
/** A machine that does much else may need it. */
const patienceMs = 90_000;

/** Makes a change over REST and resolves when it is decided, either way. Throws what is no verdict. */
export async function settle(rest: Rest, method: string, path: string, key: string, body?: object): Promise<void> {
  const options = { headers: { 'idempotency-key': key }, ...(body ? { body } : {}) };
  await patiently(async () => {
    try {
      const { status } = await rest.call(z.unknown(), method, path, options);
      if (status === 202) throw new Refused(status, 'UNDECIDED', `${method} ${path}`);
    } catch (error) {
      if (!(error instanceof Refused && expected.has(error.status))) throw error;
    }
  });
}

/** Does something again, as it is always safe, while there is no answer to it yet: 503, or a change that is still in the queue. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + patienceMs; ;) {
    try {
      return await work();
    } catch (error) {
      const isOpen = error instanceof Refused && (error.status === 503 || error.status === 202);
      if (!isOpen || performance.now() > deadline) throw error;
      await sleep(250);
    }
  }
}
