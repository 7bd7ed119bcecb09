import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pending } from './pending.js';

/** A context that counts who holds it. */
function counted() {
  let held = 0;
  return { retain: () => void held++, release: () => void held--, held: () => held };
}

describe('what waits for an answer', () => {
  it('is settled once, and lets go of its context then', () => {
    const pending = new Pending<string>(10);
    const context = counted();
    const answers: string[] = [];
    pending.add('a', (answer) => answers.push(answer));
    pending.retain('a', context);
    pending.retain('a', context);
    expect(context.held()).toBe(1);
    pending.settle('a', 'first');
    pending.settle('a', 'second');
    expect(answers).toEqual(['first']);
    expect(context.held()).toBe(0);
  });

  it('is forgotten without an answer, context and all', () => {
    const pending = new Pending<string>(10);
    const context = counted();
    pending.add('a', () => expect.unreachable());
    pending.retain('a', context);
    pending.forget('a');
    pending.forget('a');
    pending.settle('a', 'late');
    expect(context.held()).toBe(0);
    expect(pending.size).toBe(0);
  });

  it('keeps no context for what is answered already', () => {
    const pending = new Pending<string>(10);
    const context = counted();
    pending.retain('a', context);
    expect(context.held()).toBe(0);
  });

  it('is full at its capacity, from the moment of asking', () => {
    const pending = new Pending<string>(2);
    pending.add('a', () => undefined);
    expect(pending.full).toBe(false);
    pending.add('b', () => undefined);
    expect(pending.full).toBe(true);
    pending.settle('a', 'x');
    expect(pending.full).toBe(false);
  });

  it('expires up to a time, that time included, and no later one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 30 }), fc.nat(60), (steps, upTo) => {
        let now = 0;
        const pending = new Pending<string>(100, () => now);
        const expired: number[] = [];
        const times = steps.map((step, i) => {
          const at = (now += step);
          pending.add(`${i}`, () => expired.push(at));
          return at;
        });
        pending.expire(upTo, 'lost');
        expect(expired).toEqual(times.filter((at) => at <= upTo));
        expect(pending.size).toBe(times.length - expired.length);
      }),
    );
  });
});
