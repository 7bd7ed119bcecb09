import { seededRandom } from '../../../../src/testing/index.js';

/** Neighbouring seeds begin at neighbouring terms of one sequence: so many terms apart, none meets another's. */
const apart = 1_000_003;

/** Choices that follow from a seed: the same ones for the same seed, on every machine. */
export class Random {
  /** From 0 to below 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(Math.imul(seed, apart) >>> 0);
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Undefined of an empty list. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  /** One of the keys, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    const found = entries.find(([, weight]) => (rest -= weight) < 0) ?? entries[0];
    if (!found) throw new Error('nothing to choose from');
    return found[0];
  }

  /** A version 4 UUID. */
  uuid(): string {
    const digits = (count: number) => Array.from({ length: count }, () => this.below(16).toString(16)).join('');
    return `${digits(8)}-${digits(4)}-4${digits(3)}-${'89ab'.charAt(this.below(4))}${digits(3)}-${digits(12)}`;
  }
}
