import type { DeadLetter } from '@storm/store';
import type { z } from 'zod';
import type { DeadLetterView } from '../schemas/dead-letters.js';
import { iso } from './iso.js';

export const toDeadLetterView = (letter: DeadLetter): z.infer<typeof DeadLetterView> => ({
  digest: letter.digest,
  channelId: letter.channelId,
  senderId: letter.senderId,
  changeId: letter.changeId,
  reason: letter.reason,
  attempts: letter.attempts,
  failedAt: iso(letter.failedAt),
});
