import { randomUUID } from 'node:crypto';
import { messageIdOf } from '@storm/shared/contracts';
import type { DeleteRow, EditRow, MessageRow, SystemRow } from '../../src/index.js';

type Of<T> = Partial<T> & { channelId: string; seq: number };

const base = <T extends { channelId: string; seq: number }>(given: T) => ({
  senderId: 'ua',
  changeId: randomUUID(),
  intakeId: 'intake0000000000',
  bodyHmac: Buffer.from('digest'),
  keyVersion: 1,
  createdAt: new Date(1_000),
  ...given,
});

/** A message of which a test says only what matters to it; `position` is `seq` unless given. */
export function message(given: Of<MessageRow>): MessageRow {
  const row = base(given);
  return {
    kind: 'message',
    id: messageIdOf(row.channelId, row.senderId, row.changeId),
    position: row.seq,
    version: row.seq,
    textSeq: row.seq,
    textKey: null,
    ciphertext: Buffer.from('sealed'),
    iv: Buffer.alloc(12, 1),
    tag: Buffer.alloc(16, 2),
    threadId: null,
    mentions: [],
    reactions: {},
    clientTs: new Date(2_000),
    editedAt: null,
    deletedAt: null,
    ...row,
  };
}

export const edit = (given: Of<EditRow>): EditRow => ({
  kind: 'edit',
  target: 1,
  targetId: 'm',
  ciphertext: Buffer.from('anew'),
  iv: Buffer.alloc(12, 3),
  tag: Buffer.alloc(16, 4),
  mentions: [],
  ...base(given),
});

export const deletion = (given: Of<DeleteRow>): DeleteRow => ({
  kind: 'delete',
  target: 1,
  targetId: 'm',
  deletedAt: new Date(3_000),
  ...base(given),
});

export const system = (given: Of<SystemRow>): SystemRow => ({
  kind: 'system',
  system: { kind: 'joined', userId: 'ub', role: 'member', memberCount: 2 },
  ...base(given),
});
