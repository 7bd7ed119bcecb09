import type { RedisNames, SealedEvent } from '@storm/shared/contracts';
import type { Redis } from '@storm/shared/node';

interface Options {
  redis: Redis;
  names: RedisNames;
  epoch: string;
}

/**
 * The events of a channel's recent log that lie above `after`, ascending, at most `count`. The first need not continue at
 * `after + 1`: the log is cut at its beginning, and expires.
 */
export async function readRecentLog(
  channelId: string,
  { after, count }: { after: number; count: number },
  { redis, names, epoch }: Options,
): Promise<SealedEvent[]> {
  const entries = await redis.xrangeBuffer(names.log(channelId, epoch), `(${after}-0`, '+', 'COUNT', count);
  const events: SealedEvent[] = [];
  for (const [id, fields] of entries) {
    const seq = parseInt(id.toString('latin1'), 10);
    const from = Number(field(fields, 'f')?.toString('latin1') ?? seq);
    const envelope = field(fields, 'e');
    if (envelope && Number.isSafeInteger(from) && from >= 1 && from <= seq) events.push({ from, seq, envelope });
  }
  return events;
}

function field(fields: readonly Buffer[], name: string): Buffer | undefined {
  const at = fields.findIndex((value, i) => i % 2 === 0 && value.toString('latin1') === name);
  return at < 0 ? undefined : fields[at + 1];
}
