import type { MessageState } from '@storm/shared/protocol';
import type { DeleteRow, EditRow, MessageRow, ReactionRow, SystemRow, SystemState } from '@storm/store';
import { idOf } from './opened.js';

const base = (seq: number) => ({
  channelId: idOf('c', 'room'),
  seq,
  senderId: idOf('u', 'ann'),
  changeId: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  intakeId: String(seq).padStart(16, '0'),
  bodyHmac: Buffer.alloc(32, seq),
  keyVersion: 1,
  createdAt: new Date(1_700_000_000_000 + seq),
});

export const messageRow = (seq: number, position: number, fields: Partial<MessageRow> = {}): MessageRow => ({
  ...base(seq),
  kind: 'message',
  id: idOf('m', String(position)),
  position,
  version: seq,
  textSeq: seq,
  textKey: null,
  ciphertext: Buffer.from('c'),
  iv: Buffer.alloc(12),
  tag: Buffer.alloc(16),
  threadId: null,
  mentions: [],
  reactions: {},
  clientTs: new Date(1_700_000_000_000),
  editedAt: null,
  deletedAt: null,
  ...fields,
});

export const editRow = (seq: number, target: number, fields: Partial<EditRow> = {}): EditRow => ({
  ...base(seq),
  kind: 'edit',
  target,
  targetId: idOf('m', String(target)),
  ciphertext: Buffer.from('d'),
  iv: Buffer.alloc(12),
  tag: Buffer.alloc(16),
  mentions: [],
  ...fields,
});

export const reactionRow = (seq: number, target: number, fields: Partial<ReactionRow> = {}): ReactionRow => ({
  ...base(seq),
  kind: 'reaction',
  target,
  targetId: idOf('m', String(target)),
  emoji: '👍',
  added: true,
  reactions: { '👍': 1 },
  ...fields,
});

export const deleteRow = (seq: number, target: number): DeleteRow => ({
  ...base(seq),
  kind: 'delete',
  target,
  targetId: idOf('m', String(target)),
  deletedAt: new Date(1_700_000_000_000 + seq),
});

export const systemRow = (seq: number, system: Partial<SystemState> = {}): SystemRow => ({
  ...base(seq),
  kind: 'system',
  system: { kind: 'joined', userId: idOf('u', String(seq)), role: 'member', memberCount: seq, position: 0, ...system },
});

export const stateAt = (position: number, text = 'x'): MessageState => ({
  id: idOf('m', String(position)),
  messageId: '00000000-0000-4000-8000-000000000000',
  channelId: idOf('c', 'room'),
  seq: position,
  version: position,
  position,
  senderId: idOf('u', 'ann'),
  text,
  threadId: null,
  replyCount: 0,
  reactions: {},
  mentions: [],
  clientTs: 1,
  createdAt: 1,
  editedAt: null,
  deletedAt: null,
});
