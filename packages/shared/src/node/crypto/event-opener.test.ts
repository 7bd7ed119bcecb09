import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DecryptionError } from './errors.js';
import { EventOpener } from './event-opener.js';
import { EventSealer } from './event-sealer.js';
import { generateKey, parseKeyRing } from './key-ring.js';

const secrets = parseKeyRing(generateKey('e1'));
const aad = Buffer.from('aad');
/** A secret is asked for where a key is derived, and nowhere else. */
const derivations = vi.spyOn(secrets, 'get');

describe('the keys of an event opener', () => {
  const sealers = [1, 2].map(() => new EventSealer(secrets));
  const envelopes = sealers.map((sealer) => sealer.seal(Buffer.from('text'), aad));

  beforeEach(() => {
    derivations.mockClear();
  });

  it('are derived once per sealing process', () => {
    const opener = new EventOpener(secrets);
    for (let round = 0; round < 10; round += 1) for (const envelope of envelopes) opener.open(envelope, aad);
    expect(derivations).toHaveBeenCalledTimes(2);
  });

  it('are kept up to the size of the cache, the least recently used going first', () => {
    const opener = new EventOpener(secrets, { cacheSize: 1 });
    for (const envelope of [...envelopes, ...envelopes]) expect(opener.open(envelope, aad).toString()).toBe('text');
    expect(derivations).toHaveBeenCalledTimes(4);
  });

  it('are not pushed out by forged salts', () => {
    const opener = new EventOpener(secrets, { cacheSize: 2 });
    for (const envelope of envelopes) opener.open(envelope, aad);
    for (let forgery = 0; forgery < 10; forgery += 1) {
      const forged = Buffer.from(envelopes[0] ?? '');
      randomBytes(16).copy(forged, 4);
      expect(() => opener.open(forged, aad)).toThrow(DecryptionError);
    }
    derivations.mockClear();
    for (const envelope of envelopes) opener.open(envelope, aad);
    expect(derivations).not.toHaveBeenCalled();
  });
});
