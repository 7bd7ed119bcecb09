import { changeAad, readsAad, type ChangeJob, type JobEntry, type ReadMark } from '../../contracts/index.js';
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

/** Bytes that a read takes in its job, or a few less. */
export const readBytes = 120;

/** The job of a batch, each change sealed and bound to its ids and to whom the verdict goes; reads together, without a verdict. */
export function sealJob(
  batch: readonly Sealable[],
  reads: readonly ReadMark[],
  context: SealContext,
  replyTo: string,
): ChangeJob {
  const entries = batch.map(({ clear, part }): JobEntry => {
    const box = context.seal(part, aadOf(...changeAad(clear, replyTo)));
    return { ...clear, box: box.toString('base64') };
  });
  const job: ChangeJob = { v: 1, header: context.header, replyTo, entries };
  if (reads.length > 0)
    job.reads = context.seal(Buffer.from(JSON.stringify(reads)), aadOf(...readsAad(replyTo))).toString('base64');
  return job;
}
