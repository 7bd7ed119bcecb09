import { isIPv4, isIPv6 } from 'node:net';

/**
 * What stands for an address where callers are counted: an IPv4 address as it is, also when it comes mapped into IPv6; of an
 * IPv6 address its /64 (`2001:db8:0:1::/64`), since whoever has one has 2^64 of them; `unknown` for anything else.
 */
export function addressKey(address: string): string {
  const bare = address.split('%', 1)[0] ?? '';
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return 'unknown';
  const groups = groupsOf(bare);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return groups.slice(6).flatMap(bytesOf).join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const before = parse(head);
  if (tail === undefined) return before;
  const after = parse(tail);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const parse = (part: string): number[] => part.split(':').filter(Boolean).flatMap(groupsIn);

/** One group in hex, or the two that a dotted IPv4 tail makes. */
function groupsIn(text: string): number[] {
  if (!text.includes('.')) return [parseInt(text, 16)];
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

const bytesOf = (group: number): number[] => [group >> 8, group & 0xff];
