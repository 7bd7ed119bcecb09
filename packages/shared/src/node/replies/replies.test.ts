import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, startProxy, testRedisUrl } from '@storm/devstack/testing';
import { createAskingSide, type AskingSide } from '../../../tests/support/asking-side.js';
import { sealReply } from '../../../tests/support/worker-side.js';
import { replyAad, type Reply } from '../../contracts/index.js';
import { aadOf, Sealer, type OpenContext } from '../crypto/index.js';
import { flipBit } from '../crypto/testing.js';

let side: AskingSide;
let context: OpenContext;
const verdicts: string[] = [];
const answers: string[] = [];
const verdict = (n: number) => ({
  intakeId: `${n}`,
  status: 'persisted' as const,
  channelId: `c${'x'.repeat(22)}`,
  changeId: '00000000-0000-4000-8000-000000000000',
});

beforeEach(async () => {
  verdicts.length = answers.length = 0;
  side = await createAskingSide();
  side.replies.listen({
    verdict: (intakeId) => verdicts.push(intakeId),
    answer: ({ questionId }) => answers.push(questionId),
  });
  expect(side.replies.live).toBe(false);
  await side.start();
  context = await side.opener.context((await side.sealer.current()).header);
});
afterEach(() => side.stop());

const publish = (message: string) => side.direct.publish(side.names.reply(side.replies.processId), message);
const seal = (reply: unknown) => sealReply(reply as Reply, context, side.replies.processId);

/** A genuine reply comes behind: once it is there, everything before it has been looked at. */
async function nothingCame(): Promise<void> {
  await publish(seal({ verdicts: [verdict(99)] }));
  await eventually(() => verdicts.includes('99'));
  expect(verdicts).toEqual(['99']);
  expect(answers).toEqual([]);
}

it('hands verdicts and answers to whoever asked, in their order', async () => {
  await publish(seal({ verdicts: [verdict(1), verdict(2)], answers: [{ ok: true, questionId: 'q', body: {} }] }));
  await publish(seal({ verdicts: [verdict(3)] }));
  await eventually(() => verdicts.length === 3);
  expect(verdicts).toEqual(['1', '2', '3']);
  expect(answers).toEqual(['q']);
});

describe('a reply that no worker made', () => {
  it.each([
    ['no JSON', () => 'hello'],
    ['null', () => 'null'],
    ['another version', () => seal({ verdicts: [verdict(1)] }).replace('"v":1', '"v":2')],
    ['a field more', () => seal({ verdicts: [verdict(1)] }).replace('"v":1', '"v":1,"w":1')],
    ['no base64', () => JSON.stringify({ v: 1, context: context.id, box: '%%%' })],
    ['a context of nobody', () => seal({ verdicts: [verdict(1)] }).replace(context.id, 'A'.repeat(16))],
    [
      'a verdict in clear',
      () => JSON.stringify({ v: 1, context: context.id, box: Buffer.from('{"verdicts":[]}').toString('base64') }),
    ],
  ])('is ignored: %s', async (_name, forge) => {
    await publish(forge());
    await nothingCame();
  });

  it('is ignored with any byte of its box altered', async () => {
    const { box, ...rest } = JSON.parse(seal({ verdicts: [verdict(1)] })) as { box: string };
    const bytes = Buffer.from(box, 'base64');
    const pipeline = side.direct.pipeline();
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const forged = JSON.stringify({ ...rest, box: flipBit(bytes, bit).toString('base64') });
      pipeline.publish(side.names.reply(side.replies.processId), forged);
    }
    await pipeline.exec();
    await nothingCame();
  });

  it('is ignored when it was sealed for another process', async () => {
    await publish(sealReply({ verdicts: [verdict(1)] }, context, 'another'));
    await nothingCame();
  });

  it('is ignored when it is a question of ours, sent back', async () => {
    const current = await side.sealer.current();
    const box = current.seal(
      Buffer.from(JSON.stringify({ verdicts: [verdict(1)] })),
      aadOf(...replyAad(current.id, side.replies.processId)),
    );
    await publish(JSON.stringify({ v: 1, context: current.id, box: box.toString('base64') }));
    await nothingCame();
  });

  it('is ignored when what is in the box is no reply', async () => {
    await publish(seal({ verdicts: [{ intakeId: 'x' }] }));
    await publish(seal({ verdicts: [], more: 1 }));
    await publish(seal('text'));
    await nothingCame();
  });

  it('is ignored on channels that are not ours', async () => {
    await side.subscriber.subscribe(side.names.reply('another'));
    await side.direct.publish(side.names.reply('another'), seal({ verdicts: [verdict(1)] }));
    await nothingCame();
  });

  it('is ignored under a context that another process made', async () => {
    const stranger = new Sealer(side.sealerOptions);
    const foreign = await side.opener.context((await stranger.current()).header);
    await publish(sealReply({ verdicts: [verdict(1)] }, foreign, side.replies.processId));
    await nothingCame();
  });
});

it('tells all who listen that the link broke, once each time, and is live again by itself', async () => {
  const broken = { first: 0, second: 0 };
  side.replies.listen({ broken: () => void broken.first++ });
  side.replies.listen({ broken: () => void broken.second++ });
  for (const times of [1, 2]) {
    side.subscriber.disconnect(true);
    await eventually(() => !side.replies.live, { everyMs: 1 });
    expect(broken).toEqual({ first: times, second: times });
    await eventually(() => side.replies.live);
  }
  await publish(seal({ verdicts: [verdict(1)] }));
  await eventually(() => verdicts.includes('1'));
});

it('tells of an outage once, however often connecting fails in it', async () => {
  const { hostname: host, port } = new URL(testRedisUrl());
  const proxy = await startProxy({ target: { host, port: Number(port) } });
  const far = await createAskingSide({ url: `redis://127.0.0.1:${proxy.port}` });
  try {
    await far.start();
    const counts = { broken: 0, closed: 0 };
    far.replies.listen({ broken: () => void counts.broken++ });
    far.subscriber.on('close', () => counts.closed++);
    await proxy.refuse();
    await eventually(() => counts.closed >= 3);
    expect(counts.broken).toBe(1);
    await proxy.accept();
    await eventually(() => far.replies.live);
  } finally {
    await far.stop();
    await proxy.stop();
  }
});

it('subscribes once it is connected, when it was started before', async () => {
  const early = await createAskingSide();
  try {
    early.replies.start();
    await eventually(() => early.replies.live);
  } finally {
    await early.stop();
  }
});
