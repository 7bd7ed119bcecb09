import type { Answer, Question } from '@storm/shared/contracts';
import type { QuestionContext } from './context.js';

/** Stores until when users were seen online; times only grow. */
export async function answerSeen({ users }: Question & { kind: 'seen' }, { store }: QuestionContext): Promise<Answer<'seen'>> {
  const last = new Map<string, number>();
  for (const [userId, at] of users) last.set(userId, Math.max(at, last.get(userId) ?? 0));
  await store.users.touchLastSeen([...last].map(([userId, at]) => ({ userId, at: new Date(at) })));
  return {};
}
