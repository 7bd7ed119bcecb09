import { eventually } from '@storm/devstack/testing';
import { newSessionId } from '@storm/shared/contracts';
import { generateKey, packControl, parseKeyRing } from '@storm/shared/node';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aChannelId, aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterEach(async () => {
  house.hangUp();
  house.worker.beforeAnswer = () => undefined;
  house.worker.ended.clear();
  await house.worker.announce();
});
afterAll(() => house.close());

/** Redis can't say what was revoked: it lost its data, or no api has brought it. */
const forget = () => house.worker.redis.del(house.names.revocationsLoaded);

describe('a token that holds no more is refused', () => {
  it.each([
    { what: 'whose session has ended', event: { kind: 'session-ended' as const }, code: 4403 },
    { what: 'from before a change of access', event: { kind: 'access-changed' as const, ver: 1, isActive: true }, code: 4401 },
  ])('$what', async ({ event, code }) => {
    const [userId, sid] = [aUser(), newSessionId()];
    await house.worker.control({ userId, sid, ...event } as never);
    const headers = { authorization: `Bearer ${house.token(userId, 900, { sid })}` };
    const [early, late] = [await house.client({ headers }), await house.client()];
    late.send('authenticate', { token: house.token(userId, 900, { sid }) });
    expect([await early.close(), await late.close()]).toEqual([code, code]);
    expect([early.frames, late.frames]).toEqual([[], []]);
  });

  it.each([
    ['session', 4403],
    ['deactivated', 4403],
    ['outdated', 4401],
  ] as const)('by the word of the worker where Redis can not say: %s', async (reason, code) => {
    await forget();
    const [userId, sid] = [aUser(), newSessionId()];
    house.worker.ended.set(sid, reason);
    const client = await house.client({ headers: { authorization: `Bearer ${house.token(userId, 900, { sid })}` } });
    expect(await client.close()).toBe(code);
    expect(client.frames).toEqual([]);
    await house.connect(userId); // another session of the same user
  });

  it('also when it comes to renew another', async () => {
    const [userId, sid] = [aUser(), newSessionId()];
    await house.worker.control({ kind: 'session-ended', userId, sid });
    const client = await house.connect(userId);
    client.send('authenticate', { token: house.token(userId, 900, { sid }) });
    expect(await client.close()).toBe(4403);
  });
});

describe('what an api says of a user', () => {
  it('closes the sockets of an ended session, on every gateway, and no others', async () => {
    const [userId, sid] = [aUser(), newSessionId()];
    const second = await house.gateway();
    const token = house.token(userId, 900, { sid });
    const mine = [await house.connect(userId, undefined, token), await house.connect(userId, second, token)];
    const other = await house.connect(userId, second);
    await house.worker.control({ kind: 'session-ended', userId, sid });
    expect(await Promise.all(mine.map((client) => client.close()))).toEqual([4403, 4403]);
    other.send('ping', {});
    await other.next('pong');
  });

  it.each([
    [true, 4401],
    [false, 4403],
  ])('closes the sockets with tokens from before a change of access (still active: %s)', async (isActive, code) => {
    const userId = aUser();
    const before = await house.connect(userId);
    const after = await house.connect(userId, undefined, house.token(userId, 900, { ver: 3 }));
    await house.worker.control({ kind: 'access-changed', userId, ver: 3, isActive });
    expect(await before.close()).toBe(code);
    after.send('ping', {});
    await after.next('pong');
  });

  it('counts only with the MAC of a service, and for the user it was said of', async () => {
    const [userId, sid] = [aUser(), newSessionId()];
    const client = await house.connect(userId, undefined, house.token(userId, 900, { sid }));
    const { redis } = house.worker;
    const event = { kind: 'session-ended' as const, userId, sid };
    const ofOther = packControl({ ...event, userId: aUser() }, parseKeyRing(house.env['INTAKE_SECRETS'] ?? ''));
    for (const message of [packControl(event, parseKeyRing(generateKey('i1'))), ofOther, JSON.stringify(event), '{']) {
      await redis.publish(house.names.user(userId), message);
    }
    const channel = await house.worker.createChannel(aChannelId(), userId);
    await house.worker.tell(userId, { kind: 'joined', channelId: channel.id, seq: channel.seq, channel: channel.state });
    await client.next('channel.joined'); // it came behind them on the same link
    expect(client.closed).toBeUndefined();
  });

  it('is not lost between the check and what comes after it', async () => {
    await forget();
    const [userId, sid] = [aUser(), newSessionId()];
    house.worker.beforeAnswer = async (question) => {
      // The answer was read before the session ended.
      if (question.kind === 'access') await house.worker.control({ kind: 'session-ended', userId, sid }, { note: false });
    };
    const client = await house.client({ headers: { authorization: `Bearer ${house.token(userId, 900, { sid })}` } });
    expect(await client.close()).toBe(4403);
  });
});

describe('where nobody can say whether a token holds', () => {
  it('a connection is degraded: nothing goes in or out until a worker answers', async () => {
    const [ann, bob] = [aUser(), aUser()];
    const channel = await house.worker.createChannel(aChannelId(), ann);
    const own = await house.worker.createChannel(aChannelId(), bob, ann);
    const listener = await house.connect(ann);
    await house.worker.stop();
    await forget();
    const client = await house.connect(ann, await house.gateway());
    expect(client.all('connection.ready')).toMatchObject([{ degraded: true, channels: [] }]);
    const messageId = randomUUID();
    client.send('message.send', { messageId, channelId: channel.id, text: 'too early', clientTs: 1 }, 'early');
    const refusal = await client.next('error');
    expect(refusal.code).toBe('UNAVAILABLE');
    expect(refusal.retryAfterMs).toBeGreaterThan(0);
    await house.worker.tell(ann, { kind: 'joined', channelId: own.id, seq: own.seq, channel: own.state });
    await house.worker.say(own, bob, 'unseen as yet');
    await listener.next('message.new');
    client.send('ping', {});
    await client.next('pong');
    expect(client.all('message.new')).toEqual([]);

    await house.worker.start();
    await client.next('channels.more');
    client.send('message.send', { messageId, channelId: channel.id, text: 'now', clientTs: 1 });
    expect((await client.next('message.result')).status).toBe('persisted');
    await house.worker.say(own, bob, 'seen');
    await eventually(() => client.seqs(own.id).includes(own.seq));
  });
});
