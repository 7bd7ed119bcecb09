/**
 * How the events of a chat channel travel: on its pub/sub channel several in one message, in the recent log one an entry.
 * An event covers the changes `from`–`seq` and holds one sealed client frame, `{event, payload}` as JSON.
 *
 * In a pub/sub message each is `length u32 | from f64 | seq f64 | envelope`, length counting what follows it.
 *
 * A **signal** (a receipt) is no change: both its numbers are 0, it is in no log, and nobody misses it.
 */
export interface SealedEvent {
  from: number;
  seq: number;
  envelope: Buffer;
}

export class MalformedEvents extends Error {
  override name = 'MalformedEvents';
}

const headBytes = 4 + 8 + 8;

export const isSignal = ({ seq }: SealedEvent): boolean => seq === 0;

export const eventAad = (channelId: string, from: number, seq: number): (string | number)[] => ['event', channelId, from, seq];

/** Joins events into one pub/sub message. */
export function packEvents(events: readonly SealedEvent[]): Buffer {
  const out = Buffer.allocUnsafe(events.reduce((sum, event) => sum + headBytes + event.envelope.length, 0));
  let at = 0;
  for (const { from, seq, envelope } of events) {
    at = out.writeUInt32BE(16 + envelope.length, at);
    at = out.writeDoubleBE(from, at);
    at = out.writeDoubleBE(seq, at);
    at += envelope.copy(out, at);
  }
  return out;
}

/** The inverse of `packEvents`; shares memory with its input. Throws `MalformedEvents`. */
export function unpackEvents(message: Buffer): SealedEvent[] {
  const events: SealedEvent[] = [];
  for (let at = 0; at < message.length;) {
    if (at + headBytes > message.length) throw new MalformedEvents('cut short');
    const end = at + 4 + message.readUInt32BE(at);
    const from = message.readDoubleBE(at + 4);
    const seq = message.readDoubleBE(at + 12);
    if (end > message.length || end < at + headBytes) throw new MalformedEvents('wrong length');
    const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(seq) && from >= 1 && seq >= from;
    if (!isRange && !(from === 0 && seq === 0)) throw new MalformedEvents('wrong range');
    events.push({ from, seq, envelope: message.subarray(at + headBytes, end) });
    at = end;
  }
  return events;
}
