import { randomUUID } from 'node:crypto';
import { eventually } from '@storm/devstack/testing';
import { announceDeployment } from './support/announce.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, dataOf, Rig, type Account } from './support/rig.js';

let rig: Rig;
let ann: Account;
const room = `c${'R'.repeat(22)}`;

beforeAll(async () => {
  rig = await Rig.start({ worker: false, env: { INTAKE_SLOW_DEPTH: '2', INTAKE_REFUSE_DEPTH: '4' } });
  await announceDeployment(rig.context);
  ann = await rig.register();
  await rig.context.store.memberships.apply([
    { channelId: room, userId: ann.user.id, seq: 1, joined: { role: 'owner', at: new Date(), position: 0 } },
  ]);
});
afterAll(() => rig.stop());

it('refuses questions at once, for nobody would answer', async () => {
  const began = performance.now();
  const { error } = bodyOf(await rig.call('get', `/channels/${room}/messages`, ann).expect(503));
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'no worker is there to answer' });
});

it('queues, then asks to slow down, then refuses: what waits is bounded', async () => {
  const answers: { status: number; slowDown: string | undefined; retryAfter: string | undefined }[] = [];
  for (let i = 0; i < 8; i++) {
    const body = { messageId: randomUUID(), text: `t${i}`, clientTs: Date.now() };
    const { status, headers } = await rig.call('post', `/channels/${room}/messages`, ann).send(body);
    answers.push({ status, slowDown: headers['x-storm-slow-down'], retryAfter: headers['retry-after'] });
    await rig.context.vitals.refresh();
  }
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 503, 503, 503, 503]);
  expect(answers.map(({ slowDown }) => slowDown)).toEqual([
    undefined,
    undefined,
    '1000',
    '1000',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(answers[4]?.retryAfter).toBe('5');
});

it('answers 202 when the wait that was asked for is over', async () => {
  const { redis, names, vitals } = rig.context;
  await redis.del(`${names.shardPrefix(names.shardOf(room))}:changes:wait`); // room for one more
  await vitals.refresh();
  const body = { messageId: randomUUID(), text: 'x', clientTs: Date.now() };
  const response = await rig.call('post', `/channels/${room}/messages`, ann).set('prefer', 'wait=1').send(body).expect(202);
  expect(response.headers['preference-applied']).toBe('wait=1');
  expect(dataOf(response)).toMatchObject({ messageId: body.messageId, status: 'queued' });
});

it('says that it is ready: a worker may come later', async () => {
  await eventually(async () => (await fetch(`${rig.url}/readiness`)).status === 200);
});
