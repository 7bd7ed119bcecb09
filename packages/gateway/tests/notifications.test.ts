import { randomBytes } from 'node:crypto';
import { newSessionId, profileChanged } from '@storm/shared/contracts';
import { generateKey, packControl, parseKeyRing } from '@storm/shared/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aUser, House } from './support/house.js';

let house: House;
beforeAll(async () => {
  house = await House.ready();
});
afterAll(() => house.close());

const aNotification = (type = 'mention') => ({
  id: `n${randomBytes(16).toString('base64url')}`,
  type,
  data: { channelId: `c${'x'.repeat(22)}`, seq: 3 },
  createdAt: 5,
});

it('reach every device of their user on every gateway, whoever made them, and nobody else', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const second = await house.gateway();
  const devices = [await house.connect(ann), await house.connect(ann, second)];
  const other = await house.connect(bob, second);
  const [byWorker, byApi] = [aNotification(), aNotification('job-done')];
  await house.worker.tell(ann, { kind: 'notification', notification: byWorker });
  await house.worker.control({ kind: 'notification', userId: ann, notification: byApi });
  for (const device of devices) {
    await device.next('notification', 1);
    expect(device.all('notification')).toEqual([byWorker, byApi]);
  }
  other.send('ping', {});
  await other.next('pong');
  expect(other.all('notification')).toEqual([]);
});

it('that nobody with our secrets made, or that were made for another, are not delivered', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const device = await house.connect(ann);
  const event = { kind: 'notification' as const, userId: ann, notification: aNotification() };
  const ring = parseKeyRing(house.env['INTAKE_SECRETS'] ?? '');
  const publish = (message: string) => house.worker.redis.publish(house.names.user(ann), message);
  await publish(packControl(event, parseKeyRing(generateKey('i1'))));
  await publish(packControl({ ...event, userId: bob }, ring));
  await publish(JSON.stringify(event));
  const last = aNotification();
  await publish(packControl({ ...event, notification: last }, ring));
  await device.next('notification');
  expect(device.all('notification')).toEqual([last]);
});

it('are not told to a session that has ended', async () => {
  const [ann, sid] = [aUser(), newSessionId()];
  const ended = await house.connect(ann, undefined, house.token(ann, 900, { sid }));
  const device = await house.connect(ann);
  await house.worker.control({ kind: 'session-ended', userId: ann, sid });
  await house.worker.tell(ann, { kind: 'notification', notification: aNotification() });
  await device.next('notification');
  expect(await ended.close()).toBe(4403);
  expect(ended.all('notification')).toEqual([]);
});

it('come with the news that one’s names have changed, to one’s own devices', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const [device, other] = [await house.connect(ann), await house.connect(bob)];
  await house.worker.control({ kind: 'profile-changed', userId: ann });
  expect(await device.next('user.changed')).toEqual({ userId: ann });
  other.send('ping', {});
  await other.next('pong');
  expect(other.all('user.changed')).toEqual([]);
});

it('come with the news that one’s names have changed, to who watches one', async () => {
  const [ann, bob] = [aUser(), aUser()];
  const watcher = await house.connect(bob);
  watcher.send('presence.subscribe', { userIds: [ann] });
  await watcher.next('presence.snapshot');
  await house.worker.redis.publish(house.names.presence(ann).changes, profileChanged);
  expect(await watcher.next('user.changed')).toEqual({ userId: ann });
  expect(watcher.all('presence.changed')).toEqual([]);
});

it('are marked as read on every device', async () => {
  const ann = aUser();
  const devices = [await house.connect(ann), await house.connect(ann)];
  await house.worker.control({ kind: 'notifications-read', userId: ann, read: { until: 7 } });
  for (const device of devices) expect(await device.next('notifications.read')).toEqual({ until: 7 });
});
