import type { Question } from '@storm/shared/contracts';
import { answerAccess } from './access.js';
import { answerChanges } from './changes.js';
import type { QuestionContext } from './context.js';
import { answerEvents } from './events.js';
import { answerIdentity } from './identity.js';
import { answerMemberships } from './memberships.js';
import { answerMessage, answerPage } from './page.js';
import { answerReplies } from './replies.js';
import { answerSeen } from './seen.js';
import { answerVisible } from './visible.js';

/** The answer to a question, by its kind; throws a `StormError` when there is none for the one who asks. */
export function answerQuestion(question: Question, context: QuestionContext): Promise<unknown> {
  switch (question.kind) {
    case 'page':
      return answerPage(question, context);
    case 'replies':
      return answerReplies(question, context);
    case 'message':
      return answerMessage(question, context);
    case 'changes':
      return answerChanges(question, context);
    case 'events':
      return answerEvents(question, context);
    case 'memberships':
      return answerMemberships(question, context);
    case 'access':
      return answerAccess(question, context);
    case 'identity':
      return answerIdentity(question, context);
    case 'visible':
      return answerVisible(question, context);
    case 'seen':
      return answerSeen(question, context);
  }
}
