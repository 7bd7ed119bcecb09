import { generateKey, parseKeyRing } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { openSecret, sealSecret } from './secret-box.js';
import { newSecret } from './totp.js';

const [one, two] = [generateKey('k1'), generateKey('k2')];
const ring = parseKeyRing(one);
const secret = newSecret();
const sealed = sealSecret(secret, 'u1', ring);

it('opens for its user, also when another key has become the current one', () => {
  expect(openSecret(sealed, 'u1', ring)).toEqual(secret);
  expect(openSecret(sealed, 'u1', parseKeyRing(`${two},${one}`))).toEqual(secret);
  expect(sealed.secret).not.toContain(secret.toString('base64url'));
});

it('opens for nobody else, altered, or without its key', () => {
  const flipped = Buffer.from(sealed.secret, 'base64url');
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  expect(() => openSecret(sealed, 'u2', ring)).toThrow();
  expect(() => openSecret({ ...sealed, secret: flipped.toString('base64url') }, 'u1', ring)).toThrow();
  expect(() => openSecret({ ...sealed, secret: '' }, 'u1', ring)).toThrow();
  expect(() => openSecret(sealed, 'u1', parseKeyRing(two))).toThrow(/k1/);
  const [, key = ''] = one.split(':');
  expect(() => openSecret({ ...sealed, kid: 'k3' }, 'u1', parseKeyRing(`k3:${key}`))).toThrow();
});
