import type { Answer, Question } from '@storm/shared/contracts';
import { limits } from '@storm/shared/protocol';
import { readTexts } from '../crypto/read-texts.js';
import { eventsOf } from '../events/frames.js';
import type { QuestionContext } from './context.js';

/** The live events after `since`, made anew from their rows: as many as fit, and at least one. */
export async function answerEvents(
  { channelId, since }: Question & { kind: 'events' },
  context: QuestionContext,
): Promise<Answer<'events'>> {
  const head = (await context.heads.of([channelId])).get(channelId)?.seq ?? 0;
  const rows = await context.store.timeline.rowsInRange(channelId, since, Math.min(head, since + limits.syncChanges));
  const texts = await readTexts(channelId, rows, context);
  const events: Answer<'events'>['events'] = [];
  let room: number = limits.answerBytes;
  for (const { from, seq, frame } of eventsOf(rows, (row) => texts.get(row))) {
    const text = JSON.stringify(frame);
    room -= Buffer.byteLength(text);
    if (room < 0 && events.length > 0) break;
    events.push({ from, seq, frame: text });
  }
  return { events };
}
