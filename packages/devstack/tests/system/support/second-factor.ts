import { createHmac } from 'node:crypto';
import { Failure, RecoveryCodes, SecondFactorEnrolment, SecondFactorRequired, SignedIn } from '@storm/shared/protocol';
import type { z } from 'zod';
import type { Rest } from '../../../src/clients/rest.js';

/** Sets up a second factor for somebody who is signed in; the recovery codes, each good for one sign-in. */
export async function enrol(rest: Rest): Promise<string[]> {
  const { data: enrolment } = await rest.call(SecondFactorEnrolment, 'POST', '/auth/second-factor');
  const body = { code: codeAt(enrolment.secret, Date.now()) };
  const { data } = await rest.call(RecoveryCodes, 'POST', '/auth/second-factor/confirm', { body });
  return data.recoveryCodes;
}

/** Signs in with a password and a second factor. Throws when either is refused, or no second factor was asked for. */
export async function signIn(
  api: { rest: Rest; url: string },
  { username, password, code }: Record<'username' | 'password' | 'code', string>,
): Promise<z.infer<typeof SignedIn>> {
  const response = await fetch(`${api.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { challenge } = SecondFactorRequired.parse(Failure.parse(await response.json()).error.details);
  return (await api.rest.call(SignedIn, 'POST', '/auth/login/second-factor', { body: { challenge, code } })).data;
}

/** RFC 6238: six digits of an HMAC-SHA-1 over the number of half minutes. */
function codeAt(secret: string, atMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000)));
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 0x0f;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text: string): Buffer {
  const bits = [...text]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
