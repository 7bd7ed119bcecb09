import { ChangeJob, JobEntry, ReadMarks, SealedPart, changeAad, readsAad, type ReadMark } from '@storm/shared/contracts';
import { UnknownKey, aadOf, type OpenContext, type Opener } from '@storm/shared/node';
import { canonicalBody, type OpenedChange } from './opened-change.js';

/** What can't be opened or parsed: kept as it came, sealed. */
export interface Unopened {
  index: number;
  /** The entry, or the whole job, as it was in the queue. */
  raw: unknown;
  reason: string;
}

export interface OpenedJob {
  changes: OpenedChange[];
  unopened: Unopened[];
  /** Undefined: there were some that don't open or parse. They are lost, as others may be. */
  reads: readonly ReadMark[] | undefined;
  /** Where verdicts go; undefined when the job itself could not be read. */
  reply?: { to: string; context: OpenContext };
  header?: ChangeJob['header'];
}

/** Opens a job's entries one by one: a bad one does not touch its neighbours. Never throws for what is in the job. */
export async function openJob(data: unknown, opener: Opener): Promise<OpenedJob> {
  const job = ChangeJob.safeParse(data);
  if (!job.success) return { changes: [], unopened: [{ index: 0, raw: data, reason: 'the job is malformed' }], reads: [] };
  const { header, replyTo, entries } = job.data;

  let context: OpenContext;
  try {
    context = await opener.context(header);
  } catch (error) {
    const reason = error instanceof UnknownKey ? error.message : 'the job was sealed by nobody we know';
    const unopened = entries.map((raw, index) => ({ index, raw, reason }));
    return { changes: [], unopened, reads: job.data.reads === undefined ? [] : undefined, header };
  }

  const changes: OpenedChange[] = [];
  const unopened: Unopened[] = [];
  entries.forEach((raw, index) => {
    const opened = openEntry(raw, index, replyTo, context);
    if (typeof opened === 'string') unopened.push({ index, raw, reason: opened });
    else changes.push(opened);
  });
  const reads = job.data.reads === undefined ? [] : openReads(job.data.reads, replyTo, context);
  return { changes, unopened, reads, reply: { to: replyTo, context }, header };
}

/** The change, or why there is none. */
function openEntry(raw: unknown, index: number, replyTo: string, context: OpenContext): OpenedChange | string {
  const entry = JobEntry.safeParse(raw);
  if (!entry.success) return 'the entry is malformed';
  const { box, ...clear } = entry.data;
  let text: string;
  try {
    text = context.open(Buffer.from(box, 'base64'), aadOf(...changeAad(clear, replyTo))).toString();
  } catch {
    return 'the entry does not open';
  }
  const part = SealedPart.safeParse(parseJson(text));
  if (!part.success) return 'the change is not valid';
  return { ...clear, ...part.data, index, canonical: canonicalBody(part.data.body) };
}

function openReads(box: string, replyTo: string, context: OpenContext): ReadMark[] | undefined {
  try {
    const text = context.open(Buffer.from(box, 'base64'), aadOf(...readsAad(replyTo))).toString();
    return ReadMarks.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
