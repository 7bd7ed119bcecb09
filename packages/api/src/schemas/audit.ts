import { IsoTime } from '@storm/shared/protocol';
import { z } from 'zod';

/** An entry of the audit log as an admin reads it. Whether it is as it was written only the command that verifies the log says. */
export const AuditEntryView = z.strictObject({
  /** Dense from 1: a number that is missing was removed. */
  n: z.int(),
  at: IsoTime,
  /** The id of a user or service key, or `operator`; null when nobody is known by it. */
  actor: z.string().nullable(),
  action: z.string(),
  /** What it was done to: the id of a user, session, service key or channel, or the digest of a dead letter. */
  target: z.string().nullable(),
  address: z.string().nullable(),
  /** Ids and codes that tell more; `count` where an entry stands for several. */
  details: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  /** base64url. With the number, what `verify-audit --expect` takes. */
  hmac: z.string(),
});
