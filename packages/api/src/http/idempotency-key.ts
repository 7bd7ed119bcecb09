import { randomUUID } from 'node:crypto';
import { ChangeId } from '@storm/shared/protocol';
import { invalid } from './plain-json.js';

/** The caller's `Idempotency-Key`, which must be a UUID, or a new one. */
export function idempotencyKey(header: string | undefined): string {
  if (header === undefined) return randomUUID();
  const parsed = ChangeId.safeParse(header);
  if (!parsed.success) throw invalid('Idempotency-Key must be a UUID');
  return parsed.data;
}
