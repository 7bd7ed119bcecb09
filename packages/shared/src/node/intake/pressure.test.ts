import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../vitals/vitals.js';
import { pressureOf, type Pressure, type PressureLimits } from './pressure.js';

const limits: PressureLimits = { slowDepth: 10, refuseDepth: 20, slowAgeMs: 100, refuseAgeMs: 200, refuseMemory: 0.5 };
const empty = { depth: 0, ageMs: 0 };
/** A calm Redis, but for what is said of the lane of channels, of memory, and of the worker. */
const readingOf = ({
  memory = 0,
  workerAlive = true,
  ...queue
}: Partial<typeof empty & { memory: number; workerAlive: boolean }>): Reading => ({
  epoch: 'e',
  shards: 1,
  workerAlive,
  queues: { changes: { ...empty, ...queue }, dms: empty },
  questions: 0,
  memory,
});

describe('pressure', () => {
  it.each([
    ['nothing', {}, 'ok'],
    ['a queue just below its limit', { depth: 9 }, 'ok'],
    ['a long queue', { depth: 10 }, 'slow'],
    ['a queue that is too long', { depth: 20 }, 'refuse'],
    ['an old job', { ageMs: 100 }, 'slow'],
    ['a job that is too old', { ageMs: 200 }, 'refuse'],
    ['memory at four fifths', { memory: 0.4 }, 'slow'],
    ['memory at the limit', { memory: 0.5 }, 'refuse'],
    ['a worker that is away: the queue takes what comes', { workerAlive: false }, 'ok'],
  ])('of %s', (_name, reading, level) => {
    expect(pressureOf('changes', readingOf(reading), limits).level).toBe(level);
  });

  it('in one lane is none in the other, but for memory, which they share', () => {
    expect(pressureOf('dms', readingOf({ depth: 20, ageMs: 200 }), limits).level).toBe('ok');
    expect(pressureOf('dms', readingOf({ memory: 0.5 }), limits).level).toBe('refuse');
  });

  it('refuses while Redis says nothing', () => {
    expect(pressureOf('changes', undefined, limits)).toEqual({
      level: 'refuse',
      retryAfterMs: 1_000,
      why: 'Redis does not answer',
    });
  });

  it('never falls when a figure rises, and always says when to come back', () => {
    const order = ['ok', 'slow', 'refuse'];
    const reading = fc.record({ depth: fc.nat(30), ageMs: fc.nat(300), memory: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(reading, reading, (a, more) => {
        const b = { depth: a.depth + more.depth, ageMs: a.ageMs + more.ageMs, memory: a.memory + more.memory };
        const [before, after] = [a, b].map((figures) => pressureOf('changes', readingOf(figures), limits)) as [
          Pressure,
          Pressure,
        ];
        expect(order.indexOf(after.level)).toBeGreaterThanOrEqual(order.indexOf(before.level));
        expect(after.retryAfterMs > 0).toBe(after.level !== 'ok');
      }),
    );
  });
});
