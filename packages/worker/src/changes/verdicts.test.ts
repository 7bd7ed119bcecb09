import { messageIdOf } from '@storm/shared/contracts';
import { expect, it } from 'vitest';
import { idOf, message, opened } from '../../tests/support/opened.js';
import { deleteRow, messageRow, systemRow } from '../../tests/support/rows.js';
import { duplicate, forbidden, notFound } from './outcomes.js';
import { verdictOf } from './verdicts.js';

const base = ({ intakeId, channelId, changeId }: ReturnType<typeof opened>) => ({ intakeId, channelId, changeId });
const send = opened(message());
const wipe = opened({ kind: 'delete', id: idOf('m', '3') });
const join = opened({ kind: 'join' });

it('says where a row is and which message it made or names', () => {
  const row = messageRow(7, 3);
  expect(verdictOf(send, { status: 'persisted', row })).toEqual({
    ...base(send),
    status: 'persisted',
    seq: 7,
    position: 3,
    id: row.id,
  });
  expect(verdictOf(wipe, { status: 'duplicate', row: deleteRow(8, 3) })).toEqual({
    ...base(wipe),
    status: 'duplicate',
    seq: 8,
    position: 3,
    id: idOf('m', '3'),
  });
  expect(verdictOf(join, { status: 'persisted', row: systemRow(9) })).toEqual({ ...base(join), status: 'persisted', seq: 9 });
});

it('names the message of a change that needed no row', () => {
  expect(verdictOf(wipe, duplicate)).toEqual({ ...base(wipe), status: 'duplicate', id: idOf('m', '3') });
  expect(verdictOf(join, duplicate)).toEqual({ ...base(join), status: 'duplicate' });
  expect(verdictOf(send, duplicate).id).toBe(messageIdOf(send.channelId, send.senderId, send.changeId));
});

it('tells why it failed', () => {
  expect(verdictOf(send, forbidden('because'))).toEqual({
    ...base(send),
    status: 'failed',
    code: 'FORBIDDEN',
    message: 'because',
  });
  expect(verdictOf(send, notFound)).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('no such thing') as string,
  });
});

it('tells nothing of what another change under the same id was', () => {
  const verdict = verdictOf(send, { status: 'conflict', row: messageRow(7, 3) });
  expect(verdict).toEqual({ ...base(send), status: 'conflict', code: 'CONFLICT', message: expect.any(String) as string });
});
