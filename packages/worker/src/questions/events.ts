import type { Answer, Question } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import { readEvents } from '../events/read-events.js';
import type { QuestionContext } from './context.js';

/** The live events after `since`, made anew from their rows: as many as fit, and at least one. */
export async function answerEvents(
  { channelId, since }: Question & { kind: 'events' },
  context: QuestionContext,
): Promise<Answer<'events'>> {
  const head = (await context.heads.of([channelId])).get(channelId)?.seq ?? 0;
  const missed = await readEvents(channelId, since, Math.min(head, since + limits.syncChanges), context);
  const events: Answer<'events'>['events'] = [];
  let room: number = limits.answerBytes;
  for (const { from, seq, frame } of missed) {
    const text = JSON.stringify(frame);
    room -= Buffer.byteLength(text);
    if (room < 0 && events.length > 0) break;
    events.push({ from, seq, frame: text });
  }
  return { events };
}
