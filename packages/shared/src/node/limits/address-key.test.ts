import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressKey } from './address-key.js';

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64'],
  ['2001:DB8:0:1::7', '2001:db8:0:1::/64'],
  ['2001:db8:0:2::7', '2001:db8:0:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
  ['', 'unknown'],
  ['evil', 'unknown'],
  ['1.2.3', 'unknown'],
  ['1::2::3', 'unknown'],
])('counts %s as %s', (address, key) => expect(addressKey(address)).toBe(key));

it('puts two addresses together exactly when they share their first 64 bits', () => {
  const group = fc.constantFrom(0, 1, 0xff, 0x1000, 0xffff);
  const address = fc
    .array(group, { minLength: 8, maxLength: 8 })
    .map((groups) => ['2001', ...groups.slice(1).map(hex)].join(':'));
  fc.assert(
    fc.property(address, address, (one, other) => {
      const network = new BlockList();
      network.addSubnet(one, 64, 'ipv6');
      expect(addressKey(one) === addressKey(other)).toBe(network.check(other, 'ipv6'));
    }),
  );
});

const hex = (group: number): string => group.toString(16);
