import { createHash } from 'node:crypto';
import { JobEntry } from '@storm/shared/contracts';
import type { Logger, SealHeader } from '@storm/shared/node';
import type { Store } from '@storm/store';
import { NoRoom } from '../retry.js';

interface Letter {
  /** The entry as it was in the queue. */
  raw: unknown;
  header: SealHeader | undefined;
  replyTo: string | undefined;
  reason: string;
  attempts: number;
}

/** Keeps what can't be opened, parsed or stored: sealed as it came, unique by its digest, bounded, replayable. */
export class DeadLetters {
  constructor(
    private readonly store: Store,
    private readonly log: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** Throws `NoRoom` at the cap: what was acknowledged stays in the queue rather than being lost. */
  async keep({ raw, header, replyTo, reason, attempts }: Letter): Promise<void> {
    const entry = JSON.stringify(raw) ?? 'null';
    const digest = createHash('sha256').update(entry).digest('base64url');
    const { channelId = null, senderId = null, changeId = null, intakeId = null } = idsOf(raw);
    const kept = await this.store.deadLetters.insert({
      digest,
      kid: header?.kid ?? null,
      pskId: header?.pskId ?? null,
      enc: header?.enc ?? null,
      entry,
      channelId,
      senderId,
      changeId,
      intakeId,
      replyTo: replyTo ?? null,
      reason,
      attempts,
      failedAt: new Date(this.now()),
    });
    if (kept === 'full') throw new NoRoom();
    this.log.error({ digest, channelId, intakeId, reason }, 'dead letter');
  }
}

/** What of a malformed entry can still be read; each by its own schema. */
export function idsOf(raw: unknown): Partial<Pick<JobEntry, 'channelId' | 'senderId' | 'changeId' | 'intakeId'>> {
  const ids: Record<string, string> = {};
  for (const [name, schema] of Object.entries(
    JobEntry.pick({ channelId: true, senderId: true, changeId: true, intakeId: true }).shape,
  )) {
    const parsed = schema.safeParse((raw as Record<string, unknown> | null)?.[name]);
    if (parsed.success) ids[name] = parsed.data;
  }
  return ids;
}
