import { hmac, verifyHmac, type KeyRing } from '@storm/shared/node';
import type { AuditEntry } from '@storm/store';
import type { z } from 'zod';
import type { AuditEvent } from './audit-event.js';

/** What an entry is chained to: number and HMAC of the one before. */
export type Link = Pick<AuditEntry, '_id' | 'hmac'>;

/** What the first entry is chained to. */
export const origin: Link = { _id: 0, hmac: Buffer.alloc(0) };

type Unsigned = Omit<AuditEntry, 'hmac'>;

/** The entries of these events, each chained to the one before, the first to `last`. Throws `ZodError` for what is no event. */
export function chain(events: readonly z.output<typeof AuditEvent>[], last: Link, ring: KeyRing, at: Date): AuditEntry[] {
  const { kid, key } = ring.current;
  let before = last;
  return events.map(({ actor, action, target, address, details }) => {
    const unsigned = { _id: before._id + 1, actor, action, target, address, details: noUndefined(details), at, kid };
    const entry = { ...unsigned, hmac: hmac(key, ...parts(unsigned, before)) };
    before = entry;
    return entry;
  });
}

/** Whether an entry is the one that was put after `before`. False for a key that is not in the ring, too. */
export function isChained({ hmac: mac, ...unsigned }: AuditEntry, before: Link, ring: KeyRing): boolean {
  const key = ring.get(unsigned.kid);
  return key !== undefined && verifyHmac(mac, key, ...parts(unsigned, before));
}

/** All that the HMAC covers. A null is a number here, as no text is: it differs from every string. */
function parts({ _id, actor, action, target, address, details, at, kid }: Unsigned, before: Link): (string | number)[] {
  return [
    'storm audit 1',
    kid,
    _id,
    actor ?? 0,
    action,
    target ?? 0,
    address ?? 0,
    details === null ? 0 : sorted(details),
    at.getTime(),
    before.hmac.toString('base64'),
  ];
}

/** One text for one object, in whatever order a database gives back its fields. */
const sorted = (details: Record<string, string | number>): string =>
  JSON.stringify(Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)));

function noUndefined(details: z.output<typeof AuditEvent>['details']): AuditEntry['details'] {
  const given = Object.entries(details ?? {}).filter((field): field is [string, string | number] => field[1] !== undefined);
  return given.length > 0 ? Object.fromEntries(given) : null;
}
