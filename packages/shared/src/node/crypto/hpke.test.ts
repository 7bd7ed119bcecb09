import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateKeyPair, setupRecipient, setupSender } from './hpke.js';
import { hex } from './testing.js';

function load<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), 'utf8')) as T;
}

describe('HPKE with a PSK, as RFC 9180 A.7.2 has it', () => {
  type Vector = Record<'info' | 'ikmE' | 'skRm' | 'pkRm' | 'psk' | 'psk_id' | 'enc', string> & {
    exports: { exporter_context: string; L: number; exported_value: string }[];
  };
  const vector = load<Vector>('rfc9180-a7-2');
  const psk = { id: hex(vector.psk_id), key: hex(vector.psk) };
  const info = hex(vector.info);

  it('encapsulates and exports as published', async () => {
    const sender = await setupSender({ publicKey: hex(vector.pkRm), psk, info, ekm: hex(vector.ikmE) });
    expect(sender.enc).toEqual(hex(vector.enc));
    expect(vector.exports).toHaveLength(3);
    for (const { exporter_context, L, exported_value } of vector.exports) {
      expect(await sender.export(hex(exporter_context), L)).toEqual(hex(exported_value));
    }
  });

  it('decapsulates and exports as published', async () => {
    const recipient = await setupRecipient({ privateKey: hex(vector.skRm), psk, info, enc: hex(vector.enc) });
    for (const { exporter_context, L, exported_value } of vector.exports) {
      expect(await recipient.export(hex(exporter_context), L)).toEqual(hex(exported_value));
    }
  });

  it('uses a fresh ephemeral key unless a vector gives one', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => setupSender({ publicKey: hex(vector.pkRm), psk, info })));
    expect(one?.enc).not.toEqual(two?.enc);
  });
});

describe('a key of small order', () => {
  const { publicKeys } = load<{ publicKeys: string[] }>('wycheproof-x25519-low-order');
  const psk = { id: Buffer.from('p'), key: Buffer.alloc(32, 1) };
  const info = Buffer.alloc(0);

  it.each(publicKeys)('is refused by both sides: %s', async (text) => {
    const { privateKey } = await generateKeyPair();
    await expect(setupRecipient({ privateKey, psk, info, enc: hex(text) })).rejects.toThrow();
    await expect(setupSender({ publicKey: hex(text), psk, info })).rejects.toThrow();
  });
});
