import { serverPayloads } from '@storm/shared/protocol';
import type { TimelineRow } from '@storm/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { deleteRow, editRow, messageRow, reactionRow, systemRow } from '../../tests/support/rows.js';
import { eventsOf, systemChange } from './frames.js';

const events = (...rows: TimelineRow[]) => eventsOf(rows, () => 'text');
const ranges = (...rows: TimelineRow[]) => events(...rows).map(({ from, seq }) => [from, seq]);

describe('events', () => {
  it('are what clients are told of', () => {
    const rows = [
      messageRow(1, 1),
      deleteRow(2, 1),
      systemRow(3, {
        kind: 'created',
        members: [{ userId: idOf('u', 'a'), role: 'owner' }],
        type: 'public',
        name: 'x',
        description: null,
      }),
      messageRow(4, 2),
      systemRow(5, { kind: 'joined', position: 2 }),
      editRow(6, 2),
      reactionRow(7, 2),
    ];
    for (const { frame } of events(...rows)) serverPayloads[frame.event].parse(frame.payload);
    expect(events(...rows).map(({ frame }) => frame.event)).toEqual([
      'message.new',
      'message.deleted',
      'channel.changed',
      'message.new',
      'channel.changed',
      'message.updated',
      'message.reactions',
    ]);
  });

  it('carry the text that is given, none for a deleted message, and say so when it can not be read', () => {
    const texts = new Map([
      [1, 'hi'],
      [2, null],
      [3, undefined],
    ]);
    const payloads = eventsOf([messageRow(1, 1), messageRow(2, 2), messageRow(3, 3)], ({ seq }) => texts.get(seq)).map(
      ({ frame }) => frame.payload,
    );
    expect(payloads).toMatchObject([{ text: 'hi' }, { text: null }, { text: null, unreadable: true }]);
    expect(payloads[0]).not.toHaveProperty('unreadable');
    expect(payloads[1]).not.toHaveProperty('unreadable');
  });
});

describe('system rows that follow each other', () => {
  it('become one event that covers their range', () => {
    const rows = [systemRow(3), systemRow(4), systemRow(5)];
    expect(events(...rows)).toEqual([
      {
        from: 3,
        seq: 5,
        frame: {
          event: 'channel.changed',
          payload: { channelId: idOf('c', 'room'), from: 3, seq: 5, changes: rows.map(systemChange) },
        },
      },
    ]);
  });

  it('do not when a message is between, or a row of which nothing is known', () => {
    expect(ranges(systemRow(1), messageRow(2, 1), systemRow(3))).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(ranges(systemRow(5), systemRow(7), systemRow(8))).toEqual([
      [5, 5],
      [7, 8],
    ]);
  });

  it('fill one event after the other when they are many', () => {
    const rows = Array.from({ length: 600 }, (_, i) => systemRow(i + 1));
    expect(ranges(...rows)).toEqual([
      [1, 256],
      [257, 512],
      [513, 600],
    ]);
  });
});

it('covers every row once and nothing else', () => {
  const kinds = fc.array(fc.tuple(fc.constantFrom('system', 'message', 'delete'), fc.integer({ min: 1, max: 3 })));
  fc.assert(
    fc.property(kinds, (list) => {
      let seq = 0;
      const rows = list.map(([kind, step]): TimelineRow => {
        seq += step;
        return kind === 'system' ? systemRow(seq) : kind === 'message' ? messageRow(seq, seq) : deleteRow(seq, 1);
      });
      const covered = events(...rows).flatMap(({ from, seq: to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      expect(covered).toEqual(rows.map((row) => row.seq));
    }),
  );
});
