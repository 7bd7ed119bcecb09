import { randomBytes, randomUUID } from 'node:crypto';
import { channelIdOf, changeAad, newUserId, readsAad, type ChangeJob, type JobEntry } from '@storm/shared/contracts';
import { Opener, Sealer, aadOf, generateKey, generateSealKeys, parseKeyRing, type SealContext } from '@storm/shared/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { message } from '../../tests/support/opened.js';
import { openJob } from './open-job.js';
import { canonicalBody } from './opened-change.js';

const replyTo = 'asker';
const part = { senderRole: 'member', wantsState: true, body: message('hello') };
let context: SealContext;
let opener: Opener;
let job: ChangeJob;

beforeAll(async () => {
  const seal = await generateSealKeys('s1');
  const intakeSecrets = parseKeyRing(generateKey('i1'));
  context = await new Sealer({ sealKeys: parseKeyRing(seal.publicRing), intakeSecrets }).current();
  opener = new Opener({ sealKeys: parseKeyRing(seal.privateRing), intakeSecrets });
  job = { v: 1, header: context.header, replyTo, entries: Array.from({ length: 5 }, () => entry()) };
});

function entry(sealed: unknown = part): JobEntry {
  const [senderId, changeId] = [newUserId(), randomUUID()];
  const clear = {
    intakeId: randomBytes(12).toString('base64url'),
    channelId: channelIdOf(senderId, changeId),
    senderId,
    changeId,
  };
  const text = typeof sealed === 'string' ? sealed : JSON.stringify(sealed);
  return { ...clear, box: context.seal(Buffer.from(text), aadOf(...changeAad(clear, replyTo))).toString('base64') };
}

/** The job with its third entry replaced. */
const withThird = (third: unknown) => ({ ...job, entries: job.entries.map((given, i) => (i === 2 ? third : given)) });
const flip = (text: string, at = 5) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const third = () => job.entries[2] as JobEntry;

it('opens every entry, in order, and knows where the verdicts go', async () => {
  const { changes, unopened, reply, header } = await openJob(job, opener);
  expect(unopened).toEqual([]);
  expect(changes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  const { box: _, ...clear } = third();
  expect(changes[2]).toEqual({ ...clear, ...part, index: 2, canonical: canonicalBody(message('hello')) });
  expect(header).toEqual(context.header);
  expect(reply?.to).toBe(replyTo);
  expect(
    context
      .openReply(reply?.context.sealReply(Buffer.from('hi'), Buffer.from('x')) ?? Buffer.alloc(0), Buffer.from('x'))
      .toString(),
  ).toBe('hi');
});

describe('one bad entry does not touch its neighbours', () => {
  it.each<[string, () => unknown, string]>([
    ['another sender', () => ({ ...third(), senderId: newUserId() }), 'the entry does not open'],
    ['another channel', () => ({ ...third(), channelId: flip(third().channelId) }), 'the entry does not open'],
    ['another change id', () => ({ ...third(), changeId: randomUUID() }), 'the entry does not open'],
    ['another intake id', () => ({ ...third(), intakeId: flip(third().intakeId) }), 'the entry does not open'],
    ["a neighbour's box", () => ({ ...third(), box: job.entries[1]?.box }), 'the entry does not open'],
    ['one byte of the box flipped', () => ({ ...third(), box: flip(third().box, 20) }), 'the entry does not open'],
    ['a box cut short', () => ({ ...third(), box: third().box.slice(0, 8) }), 'the entry does not open'],
    ['a box that is no base64', () => ({ ...third(), box: '!' }), 'the entry is malformed'],
    ['a field too many', () => ({ ...third(), extra: 1 }), 'the entry is malformed'],
    ['an id of another shape', () => ({ ...third(), channelId: 'general' }), 'the entry is malformed'],
    ['no object', () => 'entry', 'the entry is malformed'],
    ['nothing', () => null, 'the entry is malformed'],
    ['a body that is no change', () => entry({ ...part, body: { kind: 'grant' } }), 'the change is not valid'],
    ['a text that is too long', () => entry({ ...part, body: message('x'.repeat(4_001)) }), 'the change is not valid'],
    ['a role that does not exist', () => entry({ ...part, senderRole: 'root' }), 'the change is not valid'],
    ['no JSON', () => entry('{'), 'the change is not valid'],
  ])('with %s', async (_, make, reason) => {
    const raw = make();
    const { changes, unopened, reply } = await openJob(withThird(raw), opener);
    expect(unopened).toEqual([{ index: 2, raw, reason }]);
    expect(changes.map(({ index }) => index)).toEqual([0, 1, 3, 4]);
    expect(reply?.to).toBe(replyTo);
  });
});

describe('a job that can not be opened is kept entry by entry', () => {
  it.each([
    ['an unknown seal key', (): object => ({ ...context.header, kid: 's9' }), /seal key.*s9/],
    ['an unknown intake secret', (): object => ({ ...context.header, pskId: 'i9' }), /intake secret.*i9/],
    ['an `enc` that is no key', (): object => ({ ...context.header, enc: 'AAAA' }), /sealed by nobody we know/],
  ])('with %s', async (_, header, reason) => {
    const { changes, unopened, reply } = await openJob({ ...job, header: header() }, opener);
    expect(changes).toEqual([]);
    expect(unopened.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
    for (const letter of unopened) expect(letter.reason).toMatch(reason);
    expect(reply).toBeUndefined();
  });

  it('sealed under the keys of another process', async () => {
    const other = { ...context.header, enc: Buffer.from(randomBytes(32)).toString('base64url') };
    const { changes, unopened } = await openJob({ ...job, header: other }, opener);
    expect(changes).toEqual([]);
    expect(unopened).toHaveLength(5);
  });

  it('bound for another asker', async () => {
    const { changes, unopened } = await openJob({ ...job, replyTo: 'thief' }, opener);
    expect(changes).toEqual([]);
    expect(unopened.map(({ reason }) => reason)).toEqual(Array(5).fill('the entry does not open'));
  });
});

it.each([
  ['nothing', null],
  ['text', 'job'],
  ['another version', { v: 2 }],
  ['no entries', { v: 1, header: { kid: 'a', pskId: 'b', enc: 'c' }, replyTo, entries: [] }],
  ['a reply channel of another shape', { v: 1, header: { kid: 'a', pskId: 'b', enc: 'c' }, replyTo: 'a b', entries: [1] }],
])('keeps a malformed job whole: %s', async (_, data) => {
  expect(await openJob(data, opener)).toEqual({
    changes: [],
    unopened: [{ index: 0, raw: data, reason: 'the job is malformed' }],
    reads: [],
  });
});

describe('read positions', () => {
  const mark = { channelId: channelIdOf(newUserId(), randomUUID()), userId: newUserId(), position: 3 };
  const sealed = (text: string, to = replyTo) => context.seal(Buffer.from(text), aadOf(...readsAad(to))).toString('base64');

  it('come beside the changes, or alone', async () => {
    const reads = sealed(JSON.stringify([mark]));
    expect((await openJob({ ...job, reads }, opener)).reads).toEqual([mark]);
    expect(await openJob({ ...job, entries: [], reads }, opener)).toMatchObject({ reads: [mark], changes: [], unopened: [] });
    expect((await openJob(job, opener)).reads).toEqual([]);
  });

  it.each<[string, () => string]>([
    ['of another asker', () => sealed(JSON.stringify([mark]), 'thief')],
    ['altered', () => flip(sealed(JSON.stringify([mark])), 30)],
    ['of no bytes', () => ''],
    ['beyond all numbers', () => sealed(JSON.stringify([{ ...mark, position: 1e300 }]))],
    ['below none', () => sealed(JSON.stringify([{ ...mark, position: -1 }]))],
    ['of no user', () => sealed(JSON.stringify([{ ...mark, userId: 'ann' }]))],
    ['that are no JSON', () => sealed('[')],
    ['that are the box of a change', () => third().box],
  ])('%s are lost, and the changes beside them are not', async (_, make) => {
    const { reads, changes, unopened } = await openJob({ ...job, reads: make() }, opener);
    expect(reads).toBeUndefined();
    expect(changes).toHaveLength(5);
    expect(unopened).toEqual([]);
  });
});
