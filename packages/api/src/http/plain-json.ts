import { StormError } from '@storm/shared/node';

/** Deeper than any body of ours. */
const maxDepth = 8;

/** Refuses what no body of ours has and some library might stumble over: `__proto__` as a key, and deep nesting. */
export function assertPlain(value: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= maxDepth) throw invalid('nested too deeply');
    if (Object.hasOwn(next.value, '__proto__')) throw invalid('__proto__ is no field');
    for (const inner of Object.values(next.value)) waiting.push({ value: inner, depth: next.depth + 1 });
  }
}

export const invalid = (message: string): StormError => new StormError('VALIDATION_ERROR', { message });
