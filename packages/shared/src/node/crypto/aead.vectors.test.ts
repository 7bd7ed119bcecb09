import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decrypt, encryptWithIv, openBox } from './aead.js';
import { DecryptionError } from './errors.js';
import { hex } from './testing.js';

type NistTest = Record<'name' | 'key' | 'iv' | 'aad' | 'ct' | 'tag', string> & { pt: string | null };
type WycheproofTest = Record<'comment' | 'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag' | 'result', string> & { tcId: number };

function load<T>(name: string): T[] {
  return (JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')) as { tests: T[] }).tests;
}

const sealedOf = ({ iv, tag, ct }: { iv: string; tag: string; ct: string }) => ({
  iv: hex(iv),
  tag: hex(tag),
  ciphertext: hex(ct),
});

describe('AES-256-GCM of NIST', () => {
  const encryptions = load<NistTest & { pt: string }>('nist-gcm-encrypt-256');
  const decryptions = load<NistTest>('nist-gcm-decrypt-256');

  it('encrypts as published', () => {
    expect(encryptions).toHaveLength(50);
    for (const test of encryptions) {
      const sealed = encryptWithIv(hex(test.key), hex(test.iv), hex(test.pt), hex(test.aad));
      expect(sealed, test.name).toEqual(sealedOf(test));
    }
  });

  it('decrypts what must open and refuses what must not', () => {
    const mustFail = decryptions.filter(({ pt }) => pt === null);
    expect([decryptions.length, mustFail.length]).toEqual([100, 50]);
    for (const test of decryptions) {
      const open = () => decrypt(hex(test.key), sealedOf(test), hex(test.aad));
      if (test.pt === null) expect(open, test.name).toThrow(DecryptionError);
      else expect(open(), test.name).toEqual(hex(test.pt));
    }
  });
});

describe('AES-256-GCM of Wycheproof', () => {
  const tests = load<WycheproofTest>('wycheproof-aes-gcm');

  it('agrees on every test, for boxes too', () => {
    expect(new Set(tests.map(({ result }) => result))).toEqual(new Set(['valid', 'invalid']));
    for (const test of tests) {
      const name = `${test.tcId} ${test.comment}`;
      const open = () => decrypt(hex(test.key), sealedOf(test), hex(test.aad));
      const openBoxed = () => openBox(hex(test.key), hex(test.iv + test.tag + test.ct), hex(test.aad));
      for (const attempt of [open, openBoxed]) {
        if (test.result === 'valid') expect(attempt(), name).toEqual(hex(test.msg));
        else expect(attempt, name).toThrow(DecryptionError);
      }
      if (test.result === 'valid') {
        expect(encryptWithIv(hex(test.key), hex(test.iv), hex(test.msg), hex(test.aad)), name).toEqual(sealedOf(test));
      }
    }
  });
});
