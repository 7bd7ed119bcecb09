import type { TimelineRow } from '@storm/store';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deleteRow, messageRow, stateAt, systemRow } from '../../tests/support/rows.js';
import { fit } from './changes.js';

it('takes each message once, however often it was changed, and rows of the system as they are', () => {
  const rows = [messageRow(4, 1), systemRow(5), deleteRow(6, 1), messageRow(7, 2), deleteRow(8, 2)];
  const { to, messages, system } = fit(rows, [stateAt(2), stateAt(1)], 3);
  expect(to).toBe(8);
  expect(messages.map(({ position }) => position)).toEqual([1, 2]);
  expect(system.map(({ seq }) => seq)).toEqual([5]);
});

it('covers nothing when there is nothing', () => expect(fit([], [], 7)).toEqual({ to: 7, messages: [], system: [] }));

it('takes one row, however large', () => {
  expect(fit([messageRow(4, 1), messageRow(5, 2)], [stateAt(1, 'x'.repeat(100)), stateAt(2)], 3, 1)).toMatchObject({
    to: 4,
    messages: [{ position: 1 }],
  });
});

it('cut anywhere and asked on from there, gives everything, and each answer fits', () => {
  const kinds = fc.array(fc.tuple(fc.constantFrom('system', 'message', 'delete'), fc.nat(400)), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(kinds, fc.integer({ min: 300, max: 4_000 }), (list, bytes) => {
      let position = 0;
      const rows = list.map(([kind], i): TimelineRow => {
        if (kind === 'system' || position === 0)
          return i === 0 || kind === 'message' ? messageRow(i + 1, ++position) : systemRow(i + 1);
        return kind === 'message' ? messageRow(i + 1, ++position) : deleteRow(i + 1, 1 + (i % position));
      });
      const states = Array.from({ length: position }, (_, i) => stateAt(i + 1, 'ü'.repeat(list[i]?.[1] ?? 0)));
      const [touched, system] = [new Set<number>(), new Set<number>()];
      let at = 0;
      for (let answers = 0; at < rows.length; answers++) {
        const answer = fit(rows.slice(at), states, at, bytes);
        expect(answer.to).toBeGreaterThan(at);
        const items = [...answer.messages, ...answer.system];
        const size = items.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)) + 1, 0);
        if (answer.to > at + 1) expect(size).toBeLessThanOrEqual(bytes);
        for (const message of answer.messages) touched.add(message.position);
        for (const change of answer.system) system.add(change.seq);
        const named = new Set(
          rows
            .slice(at, answer.to)
            .flatMap((row) => (row.kind === 'system' ? [] : row.kind === 'message' ? [row.position] : [row.target])),
        );
        expect(new Set(answer.messages.map((message) => message.position))).toEqual(named);
        at = answer.to;
      }
      expect(touched.size).toBe(position);
      expect([...system]).toEqual(rows.flatMap((row) => (row.kind === 'system' ? [row.seq] : [])));
    }),
  );
});
