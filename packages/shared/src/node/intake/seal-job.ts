import { changeAad, type ChangeJob, type JobEntry } from '../../contracts/index.js';
import { aadOf, BOX_OVERHEAD, type SealContext } from '../crypto/index.js';

/** A change on its way into a job: ids in clear, and the text form of the `SealedPart` that goes into the box. */
export interface Sealable {
  clear: Omit<JobEntry, 'box'>;
  part: Buffer;
}

/** Braces, names, ids and commas of an entry as JSON: 165 with ids as they are. */
const entryBytes = 180;

/** Bytes that an entry takes in its job, or a few less. */
export const sizeInJob = (part: Buffer): number => entryBytes + 4 * Math.ceil((part.length + BOX_OVERHEAD) / 3);

/** The job of a batch, each entry sealed and bound to its ids and to whom the verdict goes. */
export function sealJob(batch: readonly Sealable[], context: SealContext, replyTo: string): ChangeJob {
  const entries = batch.map(({ clear, part }): JobEntry => {
    const box = context.seal(part, aadOf(...changeAad(clear, replyTo)));
    return { ...clear, box: box.toString('base64') };
  });
  return { v: 1, header: context.header, replyTo, entries };
}
