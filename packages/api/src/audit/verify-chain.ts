import type { KeyRing } from '@storm/shared/node';
import type { AuditEntry, Store } from '@storm/store';
import { z } from 'zod';
import { isChained, origin, type Link } from './chain.js';

/** An entry as it must be stored; a database may hold anything. */
const Stored: z.ZodType<AuditEntry> = z.strictObject({
  _id: z.int(),
  actor: z.string().nullable(),
  action: z.string(),
  target: z.string().nullable(),
  address: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  at: z.date(),
  kid: z.string(),
  hmac: z.instanceof(Buffer),
});

export type Verdict =
  | { intact: true; last: Link }
  /** From `broken` on, nothing is proven. */
  | { intact: false; broken: number; why: string };

interface Options {
  audit: Pick<Store['audit'], 'last' | 'range'>;
  ring: KeyRing;
  /** An entry that is known to have been there: an end that was cut off is not seen without it. */
  expected?: Link;
}

/** Entries read at once. */
const chunk = 500;

/** Reads the whole log, from the first entry to the last that is there now, and finds the first that is not as it was written. */
export async function verifyChain({ audit, ring, expected }: Options): Promise<Verdict> {
  const end = Math.max(Math.ceil((await audit.last())?._id ?? 0), expected?._id ?? 0);
  let before: Link = origin;
  while (before._id < end) {
    const entries = await audit.range(before._id, Math.min(before._id + chunk, end));
    if (entries.length === 0) return broken(before._id + 1, 'is missing');
    for (const raw of entries) {
      const n = before._id + 1;
      const why = fault(raw, { n, before, ring, expected });
      if (why !== undefined) return broken(n, why);
      before = raw;
    }
  }
  return { intact: true, last: before };
}

const broken = (n: number, why: string): Verdict => ({ intact: false, broken: n, why });

interface Place {
  n: number;
  before: Link;
  ring: KeyRing;
  expected: Link | undefined;
}

/** What is wrong with the entry that stands after `before`. */
function fault(raw: AuditEntry, { n, before, ring, expected }: Place): string | undefined {
  if (raw._id > n) return 'is missing';
  const { success: isEntry, data: entry } = Stored.safeParse(raw);
  if (!isEntry) return 'is no entry';
  if (!ring.get(entry.kid)) return `was made with the key ${JSON.stringify(entry.kid)}, which is not in AUDIT_KEYS`;
  if (!isChained(entry, before, ring)) return 'was altered, or does not belong after the one before it';
  if (expected?._id === n && !expected.hmac.equals(entry.hmac)) return 'is not the one that is expected';
  return undefined;
}
