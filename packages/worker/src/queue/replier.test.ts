import { randomUUID } from 'node:crypto';
import { Reply, ReplyMessage, replyAad, type AnswerEnvelope, type IntakeVerdict } from '@storm/shared/contracts';
import {
  Opener,
  Sealer,
  aadOf,
  connectRedis,
  generateSealKeys,
  parseKeyRing,
  type OpenContext,
  type SealContext,
} from '@storm/shared/node';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { idOf } from '../../tests/support/opened.js';
import { aRedis, aRing, silent } from '../../tests/support/place.js';
import { stateAt } from '../../tests/support/rows.js';
import { Replier } from './replier.js';

const subscriber = connectRedis(testRedisUrl(), 'subscriber', silent);
let place: Awaited<ReturnType<typeof aRedis>>;
let asker: SealContext;
let context: OpenContext;
let replier: Replier;
let replies: Reply[];

beforeAll(async () => {
  place = await aRedis();
  const seal = await generateSealKeys('s1');
  const intakeSecrets = aRing('i1');
  asker = await new Sealer({ sealKeys: parseKeyRing(seal.publicRing), intakeSecrets }).current();
  context = await new Opener({ sealKeys: parseKeyRing(seal.privateRing), intakeSecrets }).context(asker.header);
  replier = new Replier(place.redis, place.names);
  await subscriber.subscribe(place.names.reply('asker'));
  subscriber.on('message', (_, message) => {
    const { context: id, box } = ReplyMessage.parse(JSON.parse(message));
    expect(id).toBe(asker.id);
    replies.push(
      Reply.parse(JSON.parse(asker.openReply(Buffer.from(box, 'base64'), aadOf(...replyAad(id, 'asker'))).toString())),
    );
  });
});
beforeEach(() => void (replies = []));
afterAll(async () => {
  subscriber.disconnect();
  await place.leave();
});

const verdict = (text = ''): IntakeVerdict => ({
  intakeId: 'i'.repeat(16),
  status: 'persisted',
  channelId: idOf('c', 'room'),
  changeId: randomUUID(),
  ...(text ? { state: { message: stateAt(1, text) } } : {}),
});
const bytes = (reply: Reply) => Buffer.byteLength(JSON.stringify(reply));

it('sends verdicts to the one who asked, who alone can open them', async () => {
  const verdicts = [verdict(), verdict()];
  await replier.verdicts('asker', context, verdicts);
  await eventually(() => replies.length === 1);
  expect(replies).toEqual([{ verdicts }]);
});

it('sends many in messages of bounded size, all of them, in order', async () => {
  const verdicts = Array.from({ length: 200 }, () => verdict('語'.repeat(4_000)));
  await replier.verdicts('asker', context, verdicts);
  await eventually(() => replies.flatMap((reply) => reply.verdicts ?? []).length === 200);
  expect(replies.flatMap((reply) => reply.verdicts ?? [])).toEqual(verdicts);
  expect(replies.length).toBeGreaterThan(5);
  for (const reply of replies) expect(bytes(reply)).toBeLessThan(260 * 1024);
});

it('sends an answer that is larger by itself', async () => {
  const answers = [10, 300_000, 10].map((length, i): AnswerEnvelope => ({
    ok: true,
    questionId: `q${i}`,
    body: 'x'.repeat(length),
  }));
  await replier.answers('asker', context, answers);
  await eventually(() => replies.flatMap((reply) => reply.answers ?? []).length === 3);
  expect(replies.map((reply) => reply.answers?.length)).toEqual([1, 1, 1]);
  expect(replies.flatMap((reply) => reply.answers ?? [])).toEqual(answers);
});

it('sends nothing when there is nothing, and fails when Redis does', async () => {
  await replier.verdicts('asker', context, []);
  const gone = connectRedis(testRedisUrl(), 'producer', silent);
  gone.disconnect();
  await expect(new Replier(gone, place.names).verdicts('asker', context, [verdict()])).rejects.toThrow();
  await replier.verdicts('asker', context, [verdict()]);
  await eventually(() => replies.length === 1);
});
