import { randomUUID } from 'node:crypto';
import { Queue, type Job } from 'bullmq';
import { changesQueue, questionAad, questionsQueue, type ChangeJob, type JobEntry } from '@storm/shared/contracts';
import { Sealer, aadOf, generateKey, generateSealKeys, parseKeyRing, type SealContext } from '@storm/shared/node';
import type { MessageState, Verdict } from '@storm/shared/protocol';
import type { MessageRow } from '@storm/store';
import { eventually } from '@storm/devstack/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Worker } from '../src/index.js';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let worker: Worker;
let ann: string, bob: string;
let room: string;

beforeAll(async () => {
  rig = await createRig({ shards: 1 });
  worker = await rig.startWorker();
  [ann, bob] = [await rig.user(), await rig.user()];
});
afterAll(() => rig.stop());
beforeEach(async () => void (room = await rig.channel(ann)));

const rows = () => rig.store.models.timeline.collection;
const rowAt = async (position: number, channelId = room) =>
  (await rig.store.timeline.messagesAt(channelId, [position]))[0] as MessageRow;
const alter = (position: number, fields: object, channelId = room) => rows().updateOne({ channelId, position }, { $set: fields });
const textOf = ({ ciphertext, iv, tag, keyVersion }: MessageRow) => ({ ciphertext, iv, tag, keyVersion });
const flip = (bytes: Buffer | null | undefined): Buffer => {
  const copy = Buffer.from(bytes ?? []);
  copy.writeUInt8(copy.readUInt8(0) ^ 1, 0);
  return copy;
};
const page = async (channelId = room) =>
  (await rig.asker.ask({ kind: 'page', userId: ann, channelId, limit: 50 })).messages.map(shown);
/** The text; a mark for one that can't be read. */
const shown = ({ text, unreadable }: MessageState): string | null => {
  if (unreadable) expect(text).toBeNull();
  return unreadable ? 'unreadable' : text;
};

describe('a row of which somebody altered', () => {
  beforeEach(async () => {
    await Promise.all([
      rig.submit(rig.change(room, ann, { kind: 'add', userId: bob, role: 'member' })),
      ...['one', 'two', 'three', 'four', 'five'].map((text) => rig.say(room, text === 'four' ? bob : ann, text)),
    ]);
  });
  const others = ['one', 'two', 'unreadable', 'four', 'five'];

  it.each<[string, (row: MessageRow) => object]>([
    ['the ciphertext', ({ ciphertext }) => ({ ciphertext: flip(ciphertext) })],
    ['the length of the ciphertext', ({ ciphertext }) => ({ ciphertext: ciphertext?.subarray(1) })],
    ['the ciphertext, to nothing', () => ({ ciphertext: Buffer.alloc(0) })],
    ['the ciphertext, to text', () => ({ ciphertext: 'three' })],
    ['the iv', ({ iv }) => ({ iv: flip(iv) })],
    ['the length of the iv', ({ iv }) => ({ iv: Buffer.concat([iv ?? Buffer.alloc(0), Buffer.alloc(4)]) })],
    ['the iv, to a number', () => ({ iv: 7 })],
    ['the tag', ({ tag }) => ({ tag: flip(tag) })],
    ['the length of the tag', ({ tag }) => ({ tag: tag?.subarray(0, 4) })],
    ['the tag, to none', () => ({ tag: null })],
    ['all three, to none, as if it were deleted', () => ({ ciphertext: null, iv: null, tag: null })],
    ['the key’s version', ({ keyVersion }) => ({ keyVersion: keyVersion + 1 })],
    ['the key’s version, to text', () => ({ keyVersion: 'x' })],
    ['the sender', () => ({ senderId: bob })],
    ['when the text was written', ({ textSeq }) => ({ textSeq: textSeq - 1 })],
    ['when the text was written, to text', () => ({ textSeq: '5' })],
  ])('%s is unreadable, in pages, alone and among changes, and the others are served', async (_, fields) => {
    await alter(3, fields(await rowAt(3)));
    expect(await page()).toEqual(others);
    const { id } = await rowAt(3);
    expect(shown(await rig.asker.ask({ kind: 'message', userId: ann, channelId: room, id }))).toBe('unreadable');
    const { messages } = await rig.asker.ask({ kind: 'changes', userId: ann, channelId: room, since: 0 });
    expect(messages.map(shown)).toEqual(others);
  });

  it('the text, by what it was before an edit, is unreadable', async () => {
    const before = await rowAt(3);
    await rig.submit(rig.change(room, ann, { kind: 'edit', id: before.id, text: 'three, edited' }));
    expect(await page()).toEqual(['one', 'two', 'three, edited', 'four', 'five']);
    await alter(3, textOf(before));
    expect(await page()).toEqual(others);
  });

  it('the text, by that of another message, is unreadable: as both are when two are swapped', async () => {
    const [two, four] = [await rowAt(2), await rowAt(4)];
    await alter(2, textOf(four));
    expect(await page()).toEqual(['one', 'unreadable', 'three', 'four', 'five']);
    await alter(4, textOf(two));
    expect(await page()).toEqual(['one', 'unreadable', 'three', 'unreadable', 'five']);
  });

  it('everything that goes with the text is unreadable in another place of the channel', async () => {
    const { senderId, textSeq, ...four } = await rowAt(4);
    await alter(2, { ...textOf(four as MessageRow), senderId, textSeq, changeId: randomUUID() });
    expect(await page()).toEqual(['one', 'unreadable', 'three', 'four', 'five']);
  });

  it('the position is unreadable, and so is what took its place', async () => {
    await alter(2, { position: 99 });
    await alter(4, { position: 2 });
    await alter(99, { position: 4 });
    expect(await page()).toEqual(['one', 'unreadable', 'three', 'unreadable', 'five']);
  });

  it('the channel is unreadable in the other one, in the same place', async () => {
    const other = await rig.channel(ann);
    await rig.submit(rig.change(other, ann, { kind: 'add', userId: bob, role: 'member' }));
    for (let i = 0; i < 3; i++) await rig.say(other, ann, 'mine');
    const { senderId, textSeq, ...three } = await rowAt(3);
    expect(await rowAt(3, other)).toMatchObject({ senderId, textSeq, keyVersion: three.keyVersion });
    await alter(3, textOf(three as MessageRow), other);
    expect(await page(other)).toEqual(['mine', 'mine', 'unreadable']);
  });

  it('a text that was deleted, by putting it back, stays deleted', async () => {
    const row = await rowAt(3);
    await rig.submit(rig.change(room, ann, { kind: 'delete', id: row.id }));
    expect(await page()).toEqual(['one', 'two', null, 'four', 'five']);
    await alter(3, textOf(row));
    expect(await page()).toEqual(['one', 'two', null, 'four', 'five']);
  });

  it('the channel’s key, by that of another channel, is unreadable with all that it opens, and other channels are served', async () => {
    const other = await rig.channel(ann);
    await rig.say(other, ann, 'mine');
    const keys = rig.store.models.channelKeys.collection;
    const theirs = await keys.findOne({ channelId: other });
    await keys.updateOne({ channelId: room }, { $set: { wrapped: theirs?.['wrapped'] as Buffer } });
    await worker.stop();
    worker = await rig.startWorker(); // with no key in memory
    expect(await page()).toEqual(Array(5).fill('unreadable'));
    expect(await page(other)).toEqual(['mine']);
  });
});

describe('a real job that somebody altered in Redis', () => {
  let queue: Queue<ChangeJob>;
  beforeAll(() => void (queue = new Queue(changesQueue, { connection: rig.redis, prefix: rig.names.shardPrefix(0) })));
  afterAll(() => queue.close());

  /** Takes in four messages while no worker is there; what is put in the place of their job; what becomes of them. */
  async function afterwards(tamper: (job: ChangeJob) => unknown): Promise<Promise<Verdict>[]> {
    await worker.stop();
    const texts = ['m0', 'm1', 'm2', 'm3'];
    const body = (text: string) => ({ kind: 'message', text, threadId: null, clientTs: 1 }) as const;
    const taken = await Promise.all(
      texts.map((text) => rig.intake.submit(rig.change(room, ann, body(text), { wantsState: false }))),
    );
    const [job, ...more] = (await queue.getJobs(['waiting'])) as Job<ChangeJob>[];
    if (!job || more.length > 0) throw new Error('not one job');
    await rig.redis.hset(`${rig.names.shardPrefix(0)}:${changesQueue}:${job.id}`, 'data', JSON.stringify(tamper(job.data)));
    worker = await rig.startWorker();
    return taken.map(({ verdict }) => verdict);
  }
  const entries =
    (change: (entries: JobEntry[]) => unknown[]) =>
    ({ entries: real, ...job }: ChangeJob) => ({ ...job, entries: change(real) });
  const at = (index: number, change: (entry: JobEntry) => Partial<JobEntry>) =>
    entries((real) => real.map((entry, i) => (i === index ? { ...entry, ...change(entry) } : entry)));
  const letters = () => rig.store.models.deadLetters.countDocuments({ reason: 'the entry does not open' });
  const drained = () => eventually(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0);

  it.each<[string, (job: ChangeJob) => unknown, number, string[]]>([
    ['the boxes of two', entries(([a, b, c, d]) => [a, { ...b, box: c?.box }, { ...c, box: b?.box }, d]), 2, ['m0', 'm3']],
    ['the sender of one', at(1, () => ({ senderId: `u${'x'.repeat(22)}` })), 1, ['m0', 'm2', 'm3']],
    [
      'the channel of one',
      at(1, ({ channelId }) => ({ channelId: channelId.replace(/.$/, (c) => (c === 'A' ? 'Q' : 'A')) })),
      1,
      ['m0', 'm2', 'm3'],
    ],
    ['the id of one, to make it another change', at(1, () => ({ changeId: randomUUID() })), 1, ['m0', 'm2', 'm3']],
    [
      'the intake id of one',
      at(1, ({ intakeId }) => ({ intakeId: intakeId.replace(/./, (c) => (c === 'A' ? 'B' : 'A')) })),
      1,
      ['m0', 'm2', 'm3'],
    ],
    ['where verdicts go', (job) => ({ ...job, replyTo: 'somebody-else' }), 4, []],
  ])('in %s, stores none of what was altered, and all others', async (_, tamper, dead, stored) => {
    const before = await letters();
    const verdicts = await afterwards(tamper);
    expect(verdicts).toHaveLength(4);
    await drained();
    await eventually(async () => (await letters()) === before + dead);
    expect(await page()).toEqual(stored);
    expect(await rig.say(room, ann, 'and on')).toMatchObject({ status: 'persisted', position: stored.length + 1 });
  });

  it('by putting it in again, whole, twice over and in parts, stores nothing twice', async () => {
    let copy: ChangeJob | undefined;
    const verdicts = await afterwards((job) => (copy = job));
    await Promise.all(verdicts);
    const job = copy as ChangeJob;
    const again = [job, { ...job, entries: [...job.entries, ...job.entries] }, { ...job, entries: job.entries.toReversed() }];
    for (const data of again) await queue.add('changes', data, { removeOnComplete: true });
    await drained();
    expect(await page()).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(await rig.say(room, ann, 'and on')).toMatchObject({ position: 5 });
  });
});

describe('a question that no service made', () => {
  it('is answered with nothing, and a real one that is turned to somebody else with no more; others are answered', async () => {
    const secret = 'a secret '.repeat(200);
    await rig.say(room, ann, secret);
    const { publicRing } = await generateSealKeys('s1');
    const keys = { sealKeys: parseKeyRing(publicRing), intakeSecrets: parseKeyRing(generateKey('i1')) };
    const [stranger, real] = [await new Sealer(keys).current(), await rig.sealer.current()];
    const queue = new Queue(questionsQueue, { connection: rig.redis, prefix: rig.names.queryPrefix });
    const listener = rig.redis.duplicate({ enableOfflineQueue: true });
    try {
      const heard: Buffer[] = [];
      listener.on('messageBuffer', (_channel: Buffer, message: Buffer) => heard.push(message));
      await listener.subscribe(rig.names.reply('a-stranger'));
      const question = { kind: 'page', userId: ann, channelId: room, limit: 50 };
      const [questionId, deadline] = ['A'.repeat(16), Date.now() + 60_000];
      const entry = (from: SealContext) => {
        const aad = aadOf(...questionAad(questionId, deadline, rig.replies.processId));
        return { questionId, deadline, box: from.seal(Buffer.from(JSON.stringify(question)), aad).toString('base64') };
      };
      const ask = async (data: object) => {
        await queue.add('questions', data, { removeOnComplete: true });
        await eventually(async () => (await queue.getJobCountByTypes('waiting', 'active')) === 0);
      };
      const [v, replyTo] = [1, 'a-stranger'];
      await ask({ v, header: stranger.header, replyTo, entries: [entry(stranger)] });
      await ask({ v, header: real.header, replyTo, entries: [entry(stranger)] });
      await ask({ v, header: real.header, replyTo, entries: [entry(real)] });
      await ask({ v, replyTo, entries: [question] });
      expect(await page()).toEqual([secret]);
      expect(heard).toHaveLength(3); // that it could not be answered, closed to all but who sealed it
      expect(Buffer.concat(heard).length).toBeLessThan(secret.length / 2);
    } finally {
      listener.disconnect();
      await queue.close();
    }
  });
});
