import { ChangeJob, JobEntry } from '@storm/shared/contracts';
import { StormError } from '@storm/shared/node';
import type { DeadLetter } from '@storm/store';
import type { Context } from '../context.js';

/**
 * Puts a dead letter back into its channel's queue and takes it off the list; dead again, it comes back to it. Throws REFUSED
 * for one that no worker could read, and UNAVAILABLE while the queue is away: then the letter stays.
 */
export async function replay(letter: DeadLetter, { intake, store }: Pick<Context, 'intake' | 'store'>): Promise<void> {
  const entry = JobEntry.safeParse(parsed(letter.entry));
  const job = ChangeJob.safeParse({
    v: 1,
    header: { kid: letter.kid, pskId: letter.pskId, enc: letter.enc },
    replyTo: letter.replyTo,
    entries: entry.success ? [entry.data] : [],
  });
  if (!entry.success || !job.success) throw new StormError('REFUSED', { message: 'It is too broken to be tried again' });
  await intake.replay(entry.data.channelId, { ...job.data, entries: [entry.data] });
  await store.deadLetters.remove(letter);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
