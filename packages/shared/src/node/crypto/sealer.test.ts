import { describe, expect, it } from 'vitest';
import { generateKey, KeyRing, parseKeyRing } from './key-ring.js';
import { Opener } from './opener.js';
import type { SealContext } from './seal-context.js';
import { generateSealKeys } from './seal-keys.js';
import { Sealer } from './sealer.js';

const { publicRing, privateRing } = await generateSealKeys('s1');
const intakeSecrets = parseKeyRing(generateKey('i1'));
const empty = Buffer.alloc(0);

function createSealer() {
  const clock = { now: 1_000_000 };
  const sealer = new Sealer({ sealKeys: parseKeyRing(publicRing), intakeSecrets, periodMs: 100, now: () => clock.now });
  const nextPeriod = (): Promise<SealContext> => {
    clock.now += 100;
    return sealer.current();
  };
  return { sealer, clock, nextPeriod };
}

describe('a sealer', () => {
  it('makes one context for a period, however many ask at once', async () => {
    const { sealer, clock } = createSealer();
    const contexts = await Promise.all(Array.from({ length: 20 }, () => sealer.current()));
    clock.now += 99;
    expect(new Set([...contexts, await sealer.current()]).size).toBe(1);
    clock.now += 1;
    expect(await sealer.current()).not.toBe(contexts[0]);
  });

  it('makes a new one when the clock was set back, rather than use one for ever', async () => {
    const { sealer, clock } = createSealer();
    const first = await sealer.current();
    clock.now -= 1;
    expect(await sealer.current()).not.toBe(first);
  });

  it('keeps the current context and the two before, whatever happens', async () => {
    const { sealer, nextPeriod } = createSealer();
    const [a, b, c, d] = [await sealer.current(), await nextPeriod(), await nextPeriod(), await nextPeriod()];
    expect(sealer.context(a.id)).toBeUndefined();
    for (const kept of [b, c, d]) expect(sealer.context(kept.id)).toBe(kept);
    expect(sealer.context('unknown')).toBeUndefined();
  });

  it('keeps an older context while something asked under it is open', async () => {
    const { sealer, nextPeriod } = createSealer();
    const asked = await sealer.current();
    asked.retain();
    asked.retain();
    for (let period = 0; period < 5; period += 1) await nextPeriod();
    asked.release();
    expect(sealer.context(asked.id)).toBe(asked);
    asked.release();
    expect(sealer.context(asked.id)).toBeUndefined();
  });

  it('keeps a recent context after the last release', async () => {
    const { sealer } = createSealer();
    const asked = await sealer.current();
    asked.retain();
    asked.release();
    expect(sealer.context(asked.id)).toBe(asked);
  });

  it('keeps 16 at most: past it the oldest goes, and its late release harms nothing', async () => {
    const { sealer, nextPeriod } = createSealer();
    const contexts: SealContext[] = [];
    for (let period = 0; period < 20; period += 1) {
      const context = await nextPeriod();
      context.retain();
      contexts.push(context);
    }
    expect(contexts.map(({ id }) => sealer.context(id) !== undefined)).toEqual([
      ...Array.from({ length: 4 }, () => false),
      ...Array.from({ length: 16 }, () => true),
    ]);
    contexts[0]?.release();
    expect(contexts.filter(({ id }) => sealer.context(id))).toHaveLength(16);
  });

  it('says so when a context is released more often than retained', async () => {
    const context = await createSealer().sealer.current();
    expect(() => context.release()).toThrow('released more often');
  });

  it('tries again after a failure instead of remembering it', async () => {
    const sealer = new Sealer({ sealKeys: new KeyRing([{ kid: 'bad', key: Buffer.alloc(31) }]), intakeSecrets });
    const first = sealer.current();
    await expect(first).rejects.toThrow();
    const second = sealer.current();
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow();
  });
});

describe('an opener', () => {
  const createOpener = (cacheSize?: number) =>
    new Opener({ sealKeys: parseKeyRing(privateRing), intakeSecrets, ...(cacheSize !== undefined && { cacheSize }) });

  it('derives a context once, also for those who ask at the same time', async () => {
    const { header } = await createSealer().sealer.current();
    const opener = createOpener();
    const contexts = await Promise.all(Array.from({ length: 20 }, () => opener.context({ ...header })));
    expect(new Set(contexts).size).toBe(1);
  });

  it('keeps the most recently used ones up to its size', async () => {
    const { sealer, nextPeriod } = createSealer();
    const headers = [(await sealer.current()).header, (await nextPeriod()).header, (await nextPeriod()).header] as const;
    const opener = createOpener(2);
    const first = await opener.context(headers[0]);
    const second = await opener.context(headers[1]);
    expect(await opener.context(headers[0])).toBe(first);
    await opener.context(headers[2]);
    expect(await opener.context(headers[0])).toBe(first);
    expect(await opener.context(headers[1])).not.toBe(second);
  });

  it('opens what was sealed before a context was dropped from its cache', async () => {
    const { sealer, nextPeriod } = createSealer();
    const context = await sealer.current();
    const box = context.seal(Buffer.from('text'), empty);
    const opener = createOpener(1);
    await opener.context(context.header);
    await opener.context((await nextPeriod()).header);
    expect((await opener.context(context.header)).open(box, empty).toString()).toBe('text');
  });

  it('does not remember a failure', async () => {
    const { header } = await createSealer().sealer.current();
    const opener = createOpener();
    const wrong = { ...header, kid: 'gone' };
    const first = opener.context(wrong);
    await expect(first).rejects.toThrow('no seal key');
    const second = opener.context(wrong);
    expect(second).not.toBe(first);
    await expect(second).rejects.toThrow('no seal key');
  });
});
