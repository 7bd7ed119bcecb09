import type { Answer, Question } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import { provisionOutside } from '@storm/store';
import type { QuestionContext } from './context.js';

/** The account of a user whom an identity service vouched for to a gateway. Throws UNAUTHORIZED when it is deactivated. */
export async function answerIdentity(
  { issuer, subject, profile }: Question & { kind: 'identity' },
  { store }: QuestionContext,
): Promise<Answer<'identity'>> {
  const account = await provisionOutside({ issuer, subject, profile }, store);
  if (!account) throw new StormError('UNAUTHORIZED');
  return account;
}
