import { eventAad, type SealedEvent } from '@storm/shared/contracts';
import { aadOf, EventOpener, EventSealer, generateKey, parseKeyRing } from '@storm/shared/node';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Channel } from './channel.js';
import { HeldBudget } from './held-back.js';

const id = `c${'A'.repeat(22)}`;
const user = (n: number) => `u${String(n).padStart(22, 'A')}`;
const ring = parseKeyRing(generateKey('e1'));
const [sealer, opener] = [new EventSealer(ring), new EventOpener(ring)];

function sealed(
  from: number,
  seq: number,
  frame: unknown = { event: 'message.new', payload: { seq, position: seq } },
): SealedEvent {
  return { from, seq, envelope: sealer.seal(Buffer.from(JSON.stringify(frame)), aadOf(...eventAad(id, from, seq))) };
}

function aChannel() {
  const counts = { events: 0, deliveries: 0, unopened: 0 };
  const seen: { holes: number; changed: unknown[] } = { holes: 0, changed: [] };
  const channel = new Channel(id, {
    opener,
    counts,
    budget: new HeldBudget(),
    onHole: () => (seen.holes += 1),
    onChanged: (changed) => seen.changed.push(changed),
  });
  return { channel, counts, seen };
}

/** Keeps the `seq`s it gets. */
function aReader() {
  const seqs: number[] = [];
  const push = (frame: Buffer) => {
    const text = frame.subarray(frame[1] === 126 ? 4 : 2).toString();
    seqs.push((JSON.parse(text) as { payload: { seq: number } }).payload.seq);
  };
  return { seqs, push, pushEphemeral: push, userId: user(0), close: () => undefined };
}

it('delivers each event once and in order, whatever is lost, doubled, moved or merged on the way', () => {
  const ranges = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }).map((lengths) => {
    let seq = 0;
    return lengths.map((length) => ({ from: seq + 1, seq: (seq += length) }));
  });
  fc.assert(
    fc.property(
      ranges.chain((log) => fc.tuple(fc.constant(log), fc.array(fc.nat(log.length - 1), { maxLength: 40 }))),
      ([log, arrivals]) => {
        const { channel, seen } = aChannel();
        const reader = aReader();
        channel.attach(reader);
        channel.start({ seq: 0, position: 0 });
        channel.flow();
        const events = log.map(({ from, seq }) => sealed(from, seq));
        for (const index of arrivals) channel.receive(events.slice(index, index + 1));
        const end = Math.max(0, ...arrivals.map((index) => log[index]?.seq ?? 0));
        expect(channel.behind).toBe(channel.delivered < end);
        if (channel.behind) expect(seen.holes).toBeGreaterThan(0);
        channel.fill(events.filter(({ seq }) => seq <= end)); // what the recent log has
        expect(channel.behind).toBe(false);
        expect(reader.seqs).toEqual(log.map(({ seq }) => seq).filter((seq) => seq <= end));
      },
    ),
  );
});

it('holds everything until it flows, and again while paused', () => {
  const { channel } = aChannel();
  const reader = aReader();
  channel.attach(reader);
  channel.receive([sealed(6, 6), sealed(7, 7)]);
  channel.start({ seq: 5, position: 5 });
  expect(reader.seqs).toEqual([]);
  channel.flow();
  expect(reader.seqs).toEqual([6, 7]);
  channel.pause();
  channel.receive([sealed(8, 8)]);
  expect(channel.fill([sealed(8, 8)])).toBe(false);
  expect(reader.seqs).toEqual([6, 7]);
  channel.flow();
  expect([reader.seqs, channel.position]).toEqual([[6, 7, 8], 8]);
});

it('treats an event that does not open as a hole', () => {
  const { channel, counts, seen } = aChannel();
  const reader = aReader();
  channel.attach(reader);
  channel.start({ seq: 0, position: 0 });
  channel.flow();
  const forged = sealed(1, 1);
  const last = forged.envelope.length - 1;
  forged.envelope.writeUInt8(forged.envelope.readUInt8(last) ^ 1, last);
  channel.receive([forged, sealed(2, 2)]);
  expect([reader.seqs, counts.unopened > 0, seen.holes > 0]).toEqual([[], true, true]);
  channel.fill([sealed(1, 1)]);
  expect(reader.seqs).toEqual([1, 2]);
});

it('does not take the event of one place for that of another', () => {
  const { channel } = aChannel();
  channel.start({ seq: 0, position: 0 });
  channel.flow();
  channel.receive([{ ...sealed(2, 2), from: 1, seq: 1 }]);
  expect(channel.delivered).toBe(0);
});

it('gives a suspended member nothing, and one that is resumed what comes after', () => {
  const { channel, counts } = aChannel();
  const [one, other] = [aReader(), aReader()];
  expect([channel.attach(one), channel.attach(one), channel.attach(other)]).toEqual([true, false, true]);
  channel.start({ seq: 0, position: 0 });
  channel.flow();
  expect([channel.suspend(one), channel.suspend(aReader())]).toEqual([true, false]);
  channel.receive([sealed(1, 1)]);
  channel.resume(one);
  channel.receive([sealed(2, 2)]);
  expect([one.seqs, other.seqs, counts.deliveries]).toEqual([[2], [1, 2], 3]);
  expect([channel.detach(one), channel.detach(one), channel.detach(other), channel.idle]).toEqual([true, false, true, true]);
});

it('reports changes of members after their delivery', () => {
  const { channel, seen } = aChannel();
  const reader = aReader();
  channel.attach(reader);
  channel.start({ seq: 4, position: 0 });
  channel.flow();
  const changes = [{ seq: 5, kind: 'left', actorId: user(1), userId: user(2), at: 1 }];
  const payload = { channelId: id, from: 5, seq: 5, changes };
  channel.receive([sealed(5, 5, { event: 'channel.changed', payload })]);
  expect([reader.seqs, seen.changed]).toEqual([[5], [payload]]);
});

it('goes on after what a worker said, and skips what it has', () => {
  const { channel } = aChannel();
  const reader = aReader();
  channel.attach(reader);
  channel.start({ seq: 2, position: 1 });
  channel.flow();
  channel.receive([sealed(9, 9)]);
  const text = (seq: number) => ({
    from: seq,
    seq,
    text: Buffer.from(JSON.stringify({ event: 'message.new', payload: { seq } })),
  });
  channel.catchUp([text(2), text(3), text(6)]);
  expect([reader.seqs, channel.delivered, channel.behind]).toEqual([[3], 3, true]);
  channel.catchUp([4, 5, 6, 7, 8].map(text));
  expect([reader.seqs, channel.delivered, channel.behind]).toEqual([[3, 4, 5, 6, 7, 8, 9], 9, false]);
});

it('takes nothing once closed', () => {
  const { channel } = aChannel();
  const reader = aReader();
  channel.attach(reader);
  channel.start({ seq: 0, position: 0 });
  channel.close();
  channel.flow();
  channel.receive([sealed(1, 1)]);
  channel.catchUp([{ from: 1, seq: 1, text: Buffer.from('{}') }]);
  expect([reader.seqs, channel.delivered, channel.closed]).toEqual([[], 0, true]);
});
