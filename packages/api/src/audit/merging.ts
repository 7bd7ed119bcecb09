import type { Logger } from '@storm/shared/node';
import type { AuditEvent } from './audit-event.js';
import type { AuditLog } from './audit-log.js';
import { MergedEvents } from './merged-events.js';

/** Within a minute a process tells apart a hundred accounts and addresses that fail; the others are one. */
export const failedTries = (audit: AuditLog, log: Logger): MergedEvents =>
  new MergedEvents({
    record: (event) => audit.record(event),
    windowMs: 60_000,
    kindsMax: 100,
    other: ({ action }: AuditEvent): AuditEvent => ({ actor: null, action, details: { reason: 'others' } }),
    log,
  });

/** Within an hour a process tells apart a hundred keys, users they act for and addresses; the others are one of each key. */
export const usesOfKeys = (audit: AuditLog, log: Logger): MergedEvents =>
  new MergedEvents({
    record: (event) => audit.record(event),
    windowMs: 60 * 60_000,
    kindsMax: 100,
    other: ({ action, actor }: AuditEvent): AuditEvent => ({ actor, action, details: { reason: 'others' } }),
    log,
  });
