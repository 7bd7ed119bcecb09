import { randomUUID } from 'node:crypto';
import { dmIdOf, messageIdOf, notificationIdOf, UserEvent, userEventAad } from '@storm/shared/contracts';
import { aadOf, connectRedis, EventOpener } from '@storm/shared/node';
import type { NotificationState } from '@storm/shared/protocol';
import { eventually, testRedisUrl } from '@storm/devstack/testing';
import { openStore } from '@storm/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRig, type Rig } from './support/rig.js';

let rig: Rig;
let ann: string;
let bob: string;
let cem: string;
let room: string;
let subscriber: ReturnType<typeof connectRedis>;
/** What the worker asks of MongoDB: `insert notifications`. */
const commands: string[] = [];
async function start(): Promise<void> {
  const url = new URL(rig.config.MONGO_URL);
  url.searchParams.set('monitorCommands', 'true');
  const store = openStore({ url: url.href, database: rig.config.MONGO_DATABASE });
  store.connection
    .getClient()
    .on('commandStarted', ({ commandName, command }) => commands.push(`${commandName} ${String(command[commandName])}`));
  await rig.startWorker({ store });
}
beforeAll(async () => {
  rig = await createRig({ shards: 2 });
  await start();
  [ann, bob, cem] = [await rig.user('Ann_1'), await rig.user('Bobby_2'), await rig.user('Cem_3')];
  subscriber = connectRedis(testRedisUrl(), 'subscriber', rig.log);
  room = await rig.channel(ann);
  await rig.submit(rig.change(room, ann, { kind: 'add', userId: bob, role: 'member' }));
});
afterAll(async () => {
  subscriber.disconnect();
  await rig.stop();
});

/** What the gateways of a user are told from now on. */
async function listen(userId: string): Promise<NotificationState[]> {
  const heard: NotificationState[] = [];
  const opener = new EventOpener(rig.config.EVENT_SECRETS);
  subscriber.on('messageBuffer', (from: Buffer, message: Buffer) => {
    if (from.toString() !== rig.names.user(userId)) return;
    const event = UserEvent.parse(JSON.parse(opener.open(message, aadOf(...userEventAad(userId))).toString()));
    if (event.kind === 'notification') heard.push(event.notification);
  });
  await subscriber.subscribe(rig.names.user(userId));
  return heard;
}
const listOf = (userId: string) => rig.store.notifications.page(userId, { limit: 100 });

it('a mention is stored, and told live, with ids and without a text', async () => {
  const [live, own] = [await listen(bob), await listen(ann)];
  const { id, seq, position } = await rig.say(room, ann, 'psst @bobby_2 and @ann_1, and @cem_3, who is not here');
  const data = { channelId: room, messageId: id, seq, position, senderId: ann };
  const [stored] = await listOf(bob);
  const key = `${room}:${seq}`;
  expect(stored).toMatchObject({ _id: notificationIdOf(bob, key), type: 'mention', key, data, readAt: null });
  expect((stored?.expiresAt.getTime() ?? 0) - (stored?.createdAt.getTime() ?? 0)).toBe(90 * 86_400_000);
  expect(JSON.stringify(stored)).not.toContain('psst');
  await eventually(() => live.length > 0);
  expect(live).toEqual([{ id: stored?._id, type: 'mention', data, createdAt: stored?.createdAt.getTime() }]);
  expect([await listOf(ann), await listOf(cem), own]).toEqual([[], [], []]);
});

it('a direct message is told to the other one, each once, many in a job too', async () => {
  await rig.dm(cem, ann);
  const dm = dmIdOf(cem, ann);
  await Promise.all(Array.from({ length: 20 }, (_, i) => rig.say(dm, i % 4 ? cem : ann, `${i} @ann_1 @cem_3`)));
  const [toAnn, toCem] = [await listOf(ann), await listOf(cem)];
  expect([toAnn.length, toCem.length]).toEqual([15, 5]);
  const told = [...toAnn, ...toCem];
  expect(told).toMatchObject(told.map(() => ({ type: 'dm', data: { channelId: dm } })));
  expect(new Set(told.map(({ data }) => data['seq'])).size).toBe(20);
});

it('an edit tells those whom the message did not mention before, under the message', async () => {
  const before = (await listOf(bob)).length;
  const { id = '', seq } = await rig.say(room, ann, 'first');
  const edit = (text: string) => rig.submit(rig.change(room, ann, { kind: 'edit', id, text }));
  await edit('now for @bobby_2');
  await edit('nobody');
  await edit('@bobby_2 again');
  const list = await listOf(bob);
  expect(list).toHaveLength(before + 1);
  expect(list[0]).toMatchObject({ key: `${room}:${seq}`, data: { messageId: id, seq } });

  // In one job with its message.
  const changeId = randomUUID();
  await Promise.all([
    rig.say(room, ann, 'for @bobby_2', { changeId }),
    rig.submit(rig.change(room, ann, { kind: 'edit', id: messageIdOf(room, ann, changeId), text: '@bobby_2!' })),
  ]);
  expect(await listOf(bob)).toHaveLength(before + 2);
});

it('rows that are done again make no second one, and tell nobody twice', async () => {
  const live = await listen(bob);
  const { seq } = await rig.say(room, ann, 'once, @bobby_2');
  await eventually(() => live.length > 0);
  const list = await listOf(bob);
  // As a worker leaves it that died before `heads`, and before some of its notifications.
  await eventually(async () => ((await rig.store.heads.read([room])).get(room)?.seq ?? 0) >= (seq ?? 0));
  await rig.store.models.heads.updateOne({ _id: room }, { seq: 1, position: 0 });
  await rig.store.models.notifications.deleteOne({ _id: list[1]?._id ?? '' });
  await rig.stopWorkers();
  await start();
  await rig.say(room, ann, 'which takes up what lies above');
  expect((await listOf(bob)).map(({ key, createdAt }) => [key, createdAt])).toEqual(
    list.map(({ key, createdAt }) => [key, createdAt]),
  );
  await eventually(() => live.length > 1);
  expect(live.map(({ id }) => id)).toEqual([list[0]?._id, list[1]?._id]);
});

it('costs one insert a job, and nothing where nobody is told', async () => {
  const dm = dmIdOf(cem, ann);
  await rig.say(dm, ann, 'so that the pair is known');
  await rig.say(room, ann, 'and @bobby_2 as a member');
  const commandsOf = async (say: () => Promise<unknown>) => {
    commands.length = 0;
    await say();
    return commands.filter((command) => /notifications|find memberships/.test(command));
  };
  expect(await commandsOf(() => rig.say(room, ann, 'plain'))).toEqual([]);
  expect(commands).toContain('insert timeline');
  expect(await commandsOf(() => rig.say(dm, ann, 'direct'))).toEqual(['insert notifications']);
  expect(await commandsOf(() => rig.say(room, ann, '@bobby_2'))).toEqual(['insert notifications']);
});
