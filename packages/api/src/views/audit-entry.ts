import type { AuditEntry } from '@storm/store';
import type { z } from 'zod';
import type { AuditEntryView } from '../schemas/audit.js';
import { iso } from './iso.js';

export const toAuditEntryView = (entry: AuditEntry): z.infer<typeof AuditEntryView> => ({
  n: entry._id,
  at: iso(entry.at),
  actor: entry.actor,
  action: entry.action,
  target: entry.target,
  address: entry.address,
  details: entry.details,
  hmac: entry.hmac.toString('base64url'),
});
