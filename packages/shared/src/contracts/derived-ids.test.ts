import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelId, MessageId, SessionId, UserId } from '../protocol/index.js';
import { channelIdOf, dmIdOf, messageIdOf, newSessionId, newUserId } from './derived-ids.js';

const [ann, bob] = [`u${'A'.repeat(22)}`, `u${'B'.repeat(21)}A`];
const changeId = '00000000-0000-4000-8000-000000000001';
const parts = fc.tuple(fc.string(), fc.string(), fc.string());

describe('a derived id', () => {
  it('is the same for ever: databases are full of them', () => {
    // The first by `printf 'c:23:uAAA…:36:00000000-…' | openssl dgst -sha256 -binary | head -c16 | base64`.
    const channelId = channelIdOf(ann, changeId);
    expect(channelId).toBe('ci7G6vjpAlryvVUb_OLMpGg');
    expect(dmIdOf(ann, bob)).toBe('dnqoUbixR1ZIyUobr72kD5g');
    expect(messageIdOf(channelId, ann, changeId)).toBe('mYGpS6jhWrUD4ZHeqdOeVaA');
  });

  it('names its kind', () => {
    expect(ChannelId.safeParse(channelIdOf(ann, changeId)).success).toBe(true);
    expect(ChannelId.safeParse(dmIdOf(ann, bob)).success).toBe(true);
    expect(MessageId.safeParse(messageIdOf('c', ann, changeId)).success).toBe(true);
  });

  it('differs when any part does, also when they read the same in a row', () => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        fc.pre(a.some((part, i) => part !== b[i]));
        expect(messageIdOf(...a)).not.toBe(messageIdOf(...b));
      }),
    );
    expect(messageIdOf('ab', 'c', 'd')).not.toBe(messageIdOf('a', 'bc', 'd'));
    expect(messageIdOf('a:1:b', 'c', 'd')).not.toBe(messageIdOf('a', 'b', 'c:1:d'));
  });

  it('of a direct message is one for the pair, whoever begins it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (a, b, c) => {
        expect(dmIdOf(a, b)).toBe(dmIdOf(b, a));
        if (b !== c) expect(dmIdOf(a, b)).not.toBe(dmIdOf(a, c));
      }),
    );
  });
});

it('makes new ids that nobody had', () => {
  const ids = Array.from({ length: 1_000 }, () => [newUserId(), newSessionId()]).flat();
  expect(new Set(ids).size).toBe(2_000);
  expect(ids.every((id, i) => (i % 2 ? SessionId : UserId).safeParse(id).success)).toBe(true);
});
