import { z } from 'zod';
import { decodeBase64Url, deriveKey, hmac, verifyHmac, type AadPart, type KeyRing } from '../crypto/index.js';

interface Kind {
  ring: KeyRing;
  /** What it is for: texts of one purpose never pass for another's. */
  purpose: string;
  /** What else must be the same on opening. */
  bound?: readonly AadPart[];
}

const Envelope = z.strictObject({ v: z.literal(1), kid: z.string(), mac: z.base64url(), body: z.string() });

/** A value as a text in clear with a MAC: whoever can only write to Redis can make none that is believed. */
export function authenticText(value: object, { ring, purpose, bound = [] }: Kind): string {
  const { kid, key } = ring.current;
  const body = JSON.stringify(value);
  const mac = hmac(deriveKey(key, purpose), kid, body, ...bound).toString('base64url');
  return JSON.stringify({ v: 1, kid, mac, body } satisfies z.input<typeof Envelope>);
}

/** The value in a text that `authenticText` made for the same purpose with a key of the ring. Throws for anything else. */
export function authentic(text: string, { ring, purpose, bound = [] }: Kind): unknown {
  const { kid, mac, body } = Envelope.parse(JSON.parse(text));
  const key = ring.get(kid);
  const bytes = decodeBase64Url(mac);
  if (!key || !bytes || !verifyHmac(bytes, deriveKey(key, purpose), kid, body, ...bound)) throw new Error('not authentic');
  return JSON.parse(body);
}
