import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RespFramer } from './resp-framer.js';

const bulk = (value: Buffer | string) =>
  Buffer.concat([Buffer.from(`$${value.length}\r\n`), Buffer.from(value), Buffer.from('\r\n')]);
const line = (text: string) => Buffer.from(`${text}\r\n`);
const group = (type: string, of: Buffer[], perEntry = 1) => Buffer.concat([line(`${type}${of.length / perEntry}`), ...of]);

const { value } = fc.letrec<{ value: Buffer; scalar: Buffer }>((tie) => ({
  scalar: fc.oneof(
    fc.constantFrom(...['+OK', '-ERR no', ':-7', '_', '#t', ',1.5', '(12345678901234567890', '$-1', '*-1'].map(line)),
    // Any bytes, line ends and what looks like other values among them.
    fc.uint8Array({ maxLength: 40 }).map((bytes) => bulk(Buffer.from(bytes))),
    fc.constantFrom('\r\n', '*3\r\n$1\r\n', '').map(bulk),
    fc.constant(line('=7\r\ntxt:abc')),
    fc.constant(line('!5\r\nERR x')),
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    tie('scalar'),
    fc.tuple(fc.constantFrom('*', '~', '>'), fc.array(tie('value'), { maxLength: 4 })).map(([type, of]) => group(type, of)),
    fc.array(fc.tuple(tie('scalar'), tie('value')), { maxLength: 2 }).map((pairs) => group('%', pairs.flat(), 2)),
    fc.tuple(tie('scalar'), tie('scalar'), tie('value')).map(([k, v, next]) => Buffer.concat([group('|', [k, v], 2), next])),
  ),
}));

it('finds each value whole, wherever the chunks end', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 10 }), fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (values, sizes) => {
      const framer = new RespFramer();
      const stream = Buffer.concat(values);
      const found: Buffer[] = [];
      let at = 0;
      for (const size of sizes) {
        if (at >= stream.length) break;
        found.push(...framer.push(stream.subarray(at, at + size)).map((one) => Buffer.from(one)));
        at += size;
      }
      expect(found.map((one) => one.toString('latin1'))).toEqual(values.map((one) => one.toString('latin1')));
    }),
  );
});

it('throws on what is not RESP', () => {
  expect(() => new RespFramer().push(Buffer.from('HTTP/1.1 200 OK\r\n'))).toThrow('no RESP: "H"');
  expect(() => new RespFramer().push(Buffer.from('$x\r\n'))).toThrow('no length in RESP: x');
});
