/**
 * A bulk's operations in the order of what they touch, those on the same thing as they were given. A server may lock what a bulk
 * has written until its end: two bulks that go the same way wait for each other, two that cross each other deadlock.
 */
export function inLockOrder<T>(operations: readonly T[], key: (operation: T) => string): T[] {
  return operations
    .map((operation) => ({ operation, key: key(operation) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ operation }) => operation);
}

/** Numbers that compare as strings as they do as numbers. */
export const sortable = (number: number): string => String(number).padStart(16, '0');
