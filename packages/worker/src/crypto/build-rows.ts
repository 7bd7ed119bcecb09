import { bodyDigest } from '@storm/shared/node';
import type { TimelineRow } from '@storm/store';
import type { OpenedChange } from '../changes/opened-change.js';
import type { RowPlan } from '../changes/row-plan.js';
import type { ChannelKeys } from './channel-keys.js';
import { encryptText } from './text.js';

/** The rows as they are stored: texts encrypted, bodies as digests, in the order of the plan. */
export async function buildRows(
  plans: readonly { change: OpenedChange; row: RowPlan }[],
  keys: ChannelKeys,
  now: Date,
): Promise<TimelineRow[]> {
  const channels = new Map<string, { seq: number }>();
  for (const { change, row } of plans) channels.set(change.channelId, { seq: row.seq });
  const byChannel = await keys.forWriting(channels);

  return plans.map(({ change, row }): TimelineRow => {
    const { channelId, senderId, changeId, intakeId, canonical } = change;
    const key = byChannel.get(channelId);
    if (!key) throw new Error('a channel has no data key');
    const base = {
      channelId,
      seq: row.seq,
      senderId,
      changeId,
      intakeId,
      bodyHmac: bodyDigest(key.key, canonical),
      keyVersion: key.version,
      createdAt: now,
    };
    switch (row.kind) {
      case 'system':
        return { ...base, kind: 'system', system: row.system };
      case 'edit': {
        const { target, targetId, mentions, text } = row;
        const place = { channelId, keyVersion: key.version, position: target, textSeq: row.seq, senderId };
        return { ...base, kind: 'edit', target, targetId, mentions, ...encryptText(key.key, text, place) };
      }
      case 'reaction': {
        const { target, targetId, emoji, added, reactions } = row;
        return { ...base, kind: 'reaction', target, targetId, emoji, added, reactions };
      }
      case 'delete':
        return { ...base, kind: 'delete', target: row.target, targetId: row.targetId, deletedAt: now };
      case 'message': {
        const { id, position, threadId, mentions, clientTs, text } = row;
        const place = { channelId, keyVersion: key.version, position, textSeq: row.seq, senderId };
        const { ciphertext, iv, tag } = encryptText(key.key, text, place);
        // Field by field: spread into each other, objects this wide are a quarter of what a row costs.
        return {
          channelId,
          seq: row.seq,
          senderId,
          changeId,
          intakeId,
          bodyHmac: base.bodyHmac,
          keyVersion: key.version,
          createdAt: now,
          kind: 'message',
          id,
          position,
          version: row.seq,
          textSeq: row.seq,
          textKey: null,
          ciphertext,
          iv,
          tag,
          threadId,
          mentions,
          reactions: {},
          clientTs,
          editedAt: null,
          deletedAt: null,
        };
      }
    }
  });
}
