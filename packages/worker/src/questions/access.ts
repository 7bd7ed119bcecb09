import type { Answer, EndOfAccess, Question } from '@storm/shared/contracts';
import { endOfAccess } from '@storm/store';
import type { QuestionContext } from './context.js';

/** Which of the bearers' tokens hold no more, as MongoDB knows it. */
export async function answerAccess(
  { bearers }: Question & { kind: 'access' },
  { store }: QuestionContext,
): Promise<Answer<'access'>> {
  const [sessions, users] = await Promise.all([
    store.sessions.byIds([...new Set(bearers.map(({ sid }) => sid))]),
    store.users.byIds([...new Set(bearers.map(({ sub }) => sub))]),
  ]);
  const sessionOf = new Map(sessions.map((session) => [session._id, session]));
  const userOf = new Map(users.map((user) => [user._id, user]));
  const ended = bearers.flatMap((bearer): { sid: string; reason: EndOfAccess }[] => {
    const reason = endOfAccess(bearer, { session: sessionOf.get(bearer.sid), user: userOf.get(bearer.sub) });
    return reason === undefined ? [] : [{ sid: bearer.sid, reason }];
  });
  return { ended };
}
