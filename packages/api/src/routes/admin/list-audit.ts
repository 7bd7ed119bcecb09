import { IsoTime } from '@storm/shared/protocol';
import { z } from 'zod';
import { AuditAction, AuditActor } from '../../audit/audit-event.js';
import { listQuery, pageOf } from '../../http/cursor.js';
import { operation } from '../../http/operation.js';
import { ok } from '../../http/reply.js';
import { AuditEntryView } from '../../schemas/audit.js';
import { toAuditEntryView } from '../../views/audit-entry.js';

const Place = z.strictObject({ n: z.int().positive() });
const Time = IsoTime.transform((text) => new Date(text));
const query = z.strictObject({
  actor: AuditActor.optional(),
  action: AuditAction.optional(),
  /** At or after. */
  from: Time.optional(),
  /** Before. */
  to: Time.optional(),
  ...listQuery(Place),
});

export const listAudit = operation({
  method: 'get',
  path: '/admin/audit',
  tag: 'admin',
  summary:
    'What happened that matters to security, the newest first: of an `actor`, of an `action`, at or after `from`, before `to`',
  permission: 'audit.read',
  services: 'admin:read',
  request: { query },
  response: { 200: z.array(AuditEntryView) },
  async handle({ query: { cursor, limit, ...wanted } }, { store }) {
    const filter = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    const found = await store.audit.search({ filter, ...(cursor && { before: cursor.n }), limit: limit + 1 });
    const { items, meta } = pageOf(found, limit, ({ _id: n }) => ({ n }));
    return ok(items.map(toAuditEntryView), meta);
  },
});
