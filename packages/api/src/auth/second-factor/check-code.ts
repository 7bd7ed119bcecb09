import { StormError } from '@storm/shared/node';
import type { Context } from '../../context.js';

type Parts = Pick<Context, 'codeAttempts' | 'audit'>;

interface Trial {
  userId: string;
  address: string | null;
  /** What a wrong code is: UNAUTHORIZED where the caller wants to sign in, FORBIDDEN where they are. */
  refusal: 'UNAUTHORIZED' | 'FORBIDDEN';
}

/**
 * Holds a code against what there is, and gives what `attempt` gives; undefined from it is a wrong code, which is recorded and
 * refused. After five wrong ones within a quarter of an hour RATE_LIMIT_EXCEEDED: only who knows the password, or has a
 * session, gets here, so nobody else can lock a user out.
 */
export async function checkCode<T>(
  { userId, address, refusal }: Trial,
  attempt: () => Promise<T | undefined>,
  { codeAttempts, audit }: Parts,
): Promise<T> {
  await codeAttempts.take(userId);
  const result = await attempt().catch(async (error: unknown) => {
    await codeAttempts.giveBack(userId); // nothing was said of the code
    throw error;
  });
  if (result === undefined) {
    await audit.record({ actor: userId, action: 'second-factor-failed', target: userId, address });
    throw new StormError(refusal, { message: 'The code is wrong, or was used before' });
  }
  await codeAttempts.giveBack(userId);
  return result;
}
