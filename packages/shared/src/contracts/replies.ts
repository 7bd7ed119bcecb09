import { z } from 'zod';
import { Verdict } from '../protocol/index.js';
import { AnswerEnvelope } from './questions.js';

/** What a worker publishes on a process's reply channel: sealed under the context that it names. */
export const ReplyMessage = z.strictObject({ v: z.literal(1), context: z.string(), box: z.base64() });
export type ReplyMessage = z.infer<typeof ReplyMessage>;

export const IntakeVerdict = Verdict.extend({ intakeId: z.string() });
export type IntakeVerdict = z.infer<typeof IntakeVerdict>;

/** What is in the box. */
export const Reply = z.strictObject({
  verdicts: z.array(IntakeVerdict).optional(),
  answers: z.array(AnswerEnvelope).optional(),
});
export type Reply = z.infer<typeof Reply>;

export const replyAad = (context: string, replyTo: string): string[] => ['reply', context, replyTo];
