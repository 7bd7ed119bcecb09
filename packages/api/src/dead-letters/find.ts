import { StormError } from '@storm/shared/node';
import type { DeadLetter, Store } from '@storm/store';

/** Throws NOT_FOUND. */
export async function findDeadLetter(digest: string, { deadLetters }: Store): Promise<DeadLetter> {
  const letter = await deadLetters.get(digest);
  if (!letter) throw new StormError('NOT_FOUND');
  return letter;
}
