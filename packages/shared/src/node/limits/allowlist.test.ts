import { expect, it } from 'vitest';
import { Allowlist } from './allowlist.js';

const list = new Allowlist(['10.0.0.0/8', '203.0.113.9', '2001:db8::/32', '::1']);

it.each(['10.255.0.1', '203.0.113.9', '::ffff:10.1.2.3', '::ffff:a01:203', '2001:db8:ffff::1', '2001:db8::1%eth0', '::1'])(
  'has %s',
  (address) => expect(list.has(address)).toBe(true),
);

it.each(['11.0.0.1', '203.0.113.10', '::ffff:11.0.0.1', '2001:db9::1', '::2', '', 'unknown', '10.0.0.1, 1.2.3.4'])(
  'does not have "%s"',
  (address) => expect(list.has(address)).toBe(false),
);

it('has nobody when it is empty', () => expect(new Allowlist([]).has('127.0.0.1')).toBe(false));
