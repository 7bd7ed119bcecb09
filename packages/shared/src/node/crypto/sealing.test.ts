import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aadOf } from './aad.js';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';
import { DecryptionError, UnknownKey } from './errors.js';
import { generateKey, KeyRing, parseKeyRing } from './key-ring.js';
import { Opener } from './opener.js';
import { sealHeaderSchema, type SealHeader } from './seal-header.js';
import { generateSealKeys } from './seal-keys.js';
import { Sealer } from './sealer.js';
import { flipBit } from './testing.js';

const { publicRing, privateRing } = await generateSealKeys('s1');
const other = await generateSealKeys('s2');
const publicKeys = parseKeyRing(publicRing);
const privateKeys = parseKeyRing(`${other.privateRing},${privateRing}`);
const intakeSecrets = parseKeyRing(`${generateKey('i1')},${generateKey('i2')}`);

const context = await new Sealer({ sealKeys: publicKeys, intakeSecrets }).current();
const opener = new Opener({ sealKeys: privateKeys, intakeSecrets });
const opened = await opener.context(context.header);

const text = Buffer.from('a message');
const aad = aadOf('change', 'c1', 'u1', 7);
const anyBytes = fc.uint8Array({ maxLength: 300 });

/** What becomes of `box` when it comes with `header`: the error, or undefined if it opens. */
async function failureOf(header: SealHeader, box: Buffer, asker = opener): Promise<unknown> {
  try {
    (await asker.context(header)).open(box, aad);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('what is sealed', () => {
  it('opens at the worker, and replies open at the asker', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (plaintext, bound) => {
        expect(opened.open(context.seal(plaintext, bound), bound)).toEqual(Buffer.from(plaintext));
        expect(context.openReply(opened.sealReply(plaintext, bound), bound)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('names its context the same on both sides, in 16 characters', () => {
    expect(opened.id).toBe(context.id);
    expect(context.id).toMatch(/^[A-Za-z0-9_-]{16}$/);
  });

  it('opens at any worker that has the keys, from the header alone', async () => {
    const another = new Opener({ sealKeys: privateKeys, intakeSecrets });
    const header = sealHeaderSchema.parse(JSON.parse(JSON.stringify(context.header)));
    expect(await failureOf(header, context.seal(text, aad), another)).toBeUndefined();
  });

  it('does not open one way what was sealed the other way', () => {
    expect(() => context.openReply(context.seal(text, aad), aad)).toThrow(DecryptionError);
    expect(() => opened.open(opened.sealReply(text, aad), aad)).toThrow(DecryptionError);
  });

  it('does not open under another context of the same keys', async () => {
    const second = await new Sealer({ sealKeys: publicKeys, intakeSecrets }).current();
    expect(second.id).not.toBe(context.id);
    expect(() => opened.open(second.seal(text, aad), aad)).toThrow(DecryptionError);
  });

  it('does not open for whoever holds only the public key', async () => {
    const sealKeys = new KeyRing([{ kid: 's1', key: publicKeys.current.key }]);
    expect(await failureOf(context.header, context.seal(text, aad), new Opener({ sealKeys, intakeSecrets }))).toBeInstanceOf(
      DecryptionError,
    );
  });

  it('does not open when its sender did not know the intake secret', async () => {
    const guessed = parseKeyRing(generateKey('i1'));
    const forged = await new Sealer({ sealKeys: publicKeys, intakeSecrets: guessed }).current();
    expect(await failureOf(forged.header, forged.seal(text, aad))).toBeInstanceOf(DecryptionError);
  });
});

describe('what was tampered with', () => {
  it('does not open with any bit of the box the other way, in either direction', () => {
    const box = context.seal(text, aad);
    const reply = opened.sealReply(text, aad);
    for (let bit = 0; bit < box.length * 8; bit += 1) {
      expect(() => opened.open(flipBit(box, bit), aad)).toThrow(DecryptionError);
      expect(() => context.openReply(flipBit(reply, bit), aad)).toThrow(DecryptionError);
    }
  });

  it('does not open with another AAD', () => {
    const box = context.seal(text, aad);
    for (let bit = 0; bit < aad.length * 8; bit += 1) expect(() => opened.open(box, flipBit(aad, bit))).toThrow(DecryptionError);
    for (const moved of [aadOf('change', 'c1u1', '', 7), aadOf('change', 'u1', 'c1', 7), aadOf('change', 'c1', 'u1', '7')]) {
      expect(() => opened.open(box, moved)).toThrow(DecryptionError);
    }
  });

  it('does not open with any bit of enc the other way', async () => {
    const box = context.seal(text, aad);
    const enc = decodeBase64Url(context.header.enc) ?? Buffer.alloc(0);
    expect(enc).toHaveLength(32);
    for (let bit = 0; bit < 256; bit += 1) {
      const header = { ...context.header, enc: encodeBase64Url(flipBit(enc, bit)) };
      expect(await failureOf(header, box)).toBeInstanceOf(DecryptionError);
    }
  });

  it('does not open with another key id of the rings', async () => {
    const box = context.seal(text, aad);
    expect(await failureOf({ ...context.header, kid: 's2' }, box)).toBeInstanceOf(DecryptionError);
    expect(await failureOf({ ...context.header, pskId: 'i2' }, box)).toBeInstanceOf(DecryptionError);
  });

  it('does not open under another name of the same keys: the ids are bound', async () => {
    const sealKeys = new KeyRing([{ kid: 'sX', key: parseKeyRing(privateRing).current.key }]);
    const secrets = new KeyRing([{ kid: 'iX', key: intakeSecrets.current.key }]);
    const box = context.seal(text, aad);
    expect(await failureOf({ ...context.header, kid: 'sX' }, box, new Opener({ sealKeys, intakeSecrets }))).toBeInstanceOf(
      DecryptionError,
    );
    const renamed = new Opener({ sealKeys: privateKeys, intakeSecrets: secrets });
    expect(await failureOf({ ...context.header, pskId: 'iX' }, box, renamed)).toBeInstanceOf(DecryptionError);
  });
});

describe('a header', () => {
  it('with a key that this worker lacks is told by name', async () => {
    const kid = await failureOf({ ...context.header, kid: 'gone' }, text);
    expect(kid).toMatchObject({ name: 'UnknownKey', ring: 'seal key', kid: 'gone', message: 'no seal key with kid "gone"' });
    const pskId = await failureOf({ ...context.header, pskId: 'gone' }, text);
    expect(pskId).toBeInstanceOf(UnknownKey);
    expect(pskId).toMatchObject({ ring: 'intake secret', kid: 'gone' });
  });

  it.each(['', 'AA', 'A'.repeat(42), 'A'.repeat(43), `${'A'.repeat(42)}B`, 'A'.repeat(44), `${'A'.repeat(43)}=`])(
    'with the enc %j is no key',
    async (enc) => {
      expect(await failureOf({ ...context.header, enc }, text)).toBeInstanceOf(DecryptionError);
    },
  );

  it('passes the schema as it is, and nothing like it does', () => {
    const { header } = context;
    expect(sealHeaderSchema.parse(header)).toEqual(header);
    const wrong = [
      { ...header, kid: '' },
      { ...header, kid: 'k'.repeat(17) },
      { ...header, pskId: 'a b' },
      { ...header, enc: `${header.enc}A` },
      { ...header, enc: `${header.enc}=` },
      { ...header, enc: header.enc.slice(1) },
      { ...header, enc: 'A'.repeat(100_000) },
      { ...header, more: 1 },
      { kid: header.kid, enc: header.enc },
      null,
    ];
    for (const one of wrong) expect(sealHeaderSchema.safeParse(one).success, JSON.stringify(one)?.slice(0, 200)).toBe(false);
  });

  it('cannot be changed by who holds the context', () => {
    expect(Object.isFrozen(context.header)).toBe(true);
  });
});
