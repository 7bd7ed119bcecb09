import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  EventOpener,
  aadOf,
  connectRedis,
  createLogger,
  Asker,
  Intake,
  Replies,
  Sealer,
  Vitals,
  generateKey,
  generateSealKeys,
  parseKeyRing,
} from '@storm/shared/node';
import {
  RedisNames,
  channelIdOf,
  dmIdOf,
  UserEvent,
  eventAad,
  newUserId,
  unpackEvents,
  userEventAad,
  type Change,
  type ChangeBody,
} from '@storm/shared/contracts';
import type { Verdict } from '@storm/shared/protocol';
import { eventually, testMongoUrl, testRedisUrl, uniqueDatabase, uniqueNamespace } from '@storm/devstack/testing';
import { openStore, type Store } from '@storm/store';
import { createContext, createWorker, type Config, type Context, type Worker } from '../../src/index.js';

const log = createLogger('test', process.env['STORM_TEST_LOG'] ?? 'silent');

/**
 * Secrets, names and a database of one test file, and what api and gateway do: intake, questions, listening to events.
 *
 * @param options.redisUrl of the workers, where it is not that of everyone else
 */
export async function createRig({
  shards = 4,
  directRedisUrl = testRedisUrl(),
  redisUrl = directRedisUrl,
  mongoUrl = testMongoUrl(),
  readEveryMs = 10,
}: { shards?: number; directRedisUrl?: string; redisUrl?: string; mongoUrl?: string; readEveryMs?: number } = {}) {
  const seal = await generateSealKeys('s1');
  const secrets = {
    SEAL_PRIVATE_KEYS: seal.privateRing,
    INTAKE_SECRETS: generateKey('i1'),
    EVENT_SECRETS: generateKey('e1'),
    MASTER_KEYS: generateKey('m1'),
  };
  const intakeSecrets = parseKeyRing(secrets.INTAKE_SECRETS);
  const eventSecrets = parseKeyRing(secrets.EVENT_SECRETS);
  const config: Config = {
    LOG_LEVEL: 'silent',
    HOST: '127.0.0.1',
    PORT: 0,
    REDIS_URL: redisUrl,
    STORM_NAMESPACE: uniqueNamespace(),
    QUEUE_SHARDS: shards,
    SHUTDOWN_DEADLINE_MS: 10_000,
    MONGO_URL: mongoUrl,
    MONGO_DATABASE: uniqueDatabase(),
    SEAL_PRIVATE_KEYS: parseKeyRing(secrets.SEAL_PRIVATE_KEYS),
    INTAKE_SECRETS: intakeSecrets,
    EVENT_SECRETS: eventSecrets,
    MASTER_KEYS: parseKeyRing(secrets.MASTER_KEYS),
    JOB_LOCK_MS: 1_000,
    JOB_STALLED_CHECK_MS: 200,
    DATA_KEY_DAYS: 90,
    EDIT_WINDOW_SECONDS: 3_600,
    SWEEP_MS: 500,
    BEAT_MS: 200,
  };
  const names = new RedisNames(config.STORM_NAMESPACE, shards);
  const redis = connectRedis(directRedisUrl, 'producer', log);
  const subscriber = connectRedis(directRedisUrl, 'subscriber', log);
  const listener = connectRedis(directRedisUrl, 'subscriber', log);
  const store: Store = openStore({ url: testMongoUrl(), database: config.MONGO_DATABASE });
  const sealer = new Sealer({ sealKeys: parseKeyRing(seal.publicRing), intakeSecrets });
  const replies = new Replies({ subscriber, names, sealer, processId: randomUUID(), log });
  const vitals = new Vitals({ redis, names, intervalMs: 50 });
  const pressure = { slowDepth: 500, refuseDepth: 2_000, slowAgeMs: 30_000, refuseAgeMs: 600_000, refuseMemory: 0.6 };
  const common = { redis, names, sealer, replies, vitals, log };
  const intake = new Intake({ ...common, pressure, readEveryMs });
  const asker = new Asker({ ...common, deadlineMs: 20_000 });
  const opener = new EventOpener(eventSecrets);
  const workers: Worker[] = [];
  const children = new Set<ChildProcess>();
  replies.start();
  await eventually(() => redis.status === 'ready');
  await vitals.start();

  const change = (channelId: string, senderId: string, body: ChangeBody, extra: Partial<Change> = {}): Change => ({
    channelId,
    senderId,
    changeId: randomUUID(),
    senderRole: 'member',
    wantsState: true,
    body,
    ...extra,
  });
  const submit = async (wanted: Change): Promise<Verdict> => (await intake.submit(wanted)).verdict;

  return {
    config,
    names,
    redis,
    store,
    intake,
    asker,
    vitals,
    sealer,
    replies,
    change,
    submit,
    log,

    async startWorker(overrides: Partial<Context> = {}, env: Partial<Config> = {}): Promise<Worker> {
      const worker = createWorker(createContext({ ...config, ...env }, { log, ...overrides }));
      workers.push(worker);
      await worker.start();
      await eventually(() => vitals.reading?.workerAlive && vitals.reading.epoch);
      return worker;
    },

    workers: workers as readonly Worker[],
    stopWorkers: () => Promise.all(workers.map((worker) => worker.stop())),

    /** A worker in a process of its own, by what was built. */
    spawnWorker(env: Record<string, string | number> = {}): ChildProcess {
      const plain = Object.fromEntries(
        Object.entries({ ...config, ...secrets, ...env }).map(([name, value]) => [name, String(value)]),
      );
      const child = spawn(process.execPath, [fileURLToPath(new URL('../../dist/main.js', import.meta.url))], {
        env: { ...plain, LOG_LEVEL: process.env['STORM_TEST_LOG'] ?? 'silent', PATH: process.env['PATH'] },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },

    /** An active user, straight into the database: accounts are not the worker's. */
    async user(username = `u${randomUUID().slice(0, 8)}`): Promise<string> {
      const _id = newUserId();
      await store.users.create({
        _id,
        username,
        email: `${username}@example.org`,
        passwordHash: 'x',
        role: 'member',
        isActive: true,
        createdAt: new Date(),
      });
      return _id;
    },

    async channel(
      ownerId: string,
      type: 'public' | 'private' = 'private',
      name = `room ${randomUUID().slice(0, 8)}`,
    ): Promise<string> {
      const changeId = randomUUID();
      const channelId = channelIdOf(ownerId, changeId);
      const verdict = await submit(change(channelId, ownerId, { kind: 'create', type, name, description: null }, { changeId }));
      if (verdict.status !== 'persisted') throw new Error(`no channel: ${JSON.stringify(verdict)}`);
      return channelId;
    },

    dm: (a: string, b: string) => submit(change(dmIdOf(a, b), a, { kind: 'dm', userId: b })),
    say: (channelId: string, senderId: string, text: string, extra: Partial<Change> = {}) =>
      submit(change(channelId, senderId, { kind: 'message', text, threadId: null, clientTs: Date.now() }, extra)),

    /** Collects the live frames of a channel. */
    async listen(channelId: string) {
      const frames: { from: number; seq: number; event: string; payload: Record<string, unknown> }[] = [];
      const channel = names.events(channelId);
      listener.on('messageBuffer', (from: Buffer, message: Buffer) => {
        if (from.toString() !== channel) return;
        for (const { from: first, seq, envelope } of unpackEvents(message)) {
          const frame = JSON.parse(opener.open(envelope, aadOf(...eventAad(channelId, first, seq))).toString()) as {
            event: string;
            payload: Record<string, unknown>;
          };
          frames.push({ from: first, seq, ...frame });
        }
      });
      await listener.subscribe(channel);
      return frames;
    },

    /** Collects what a user's own devices are told. */
    async follow(userId: string) {
      const events: UserEvent[] = [];
      const channel = names.user(userId);
      listener.on('messageBuffer', (from: Buffer, message: Buffer) => {
        if (from.toString() !== channel) return;
        events.push(UserEvent.parse(JSON.parse(opener.open(message, aadOf(...userEventAad(userId))).toString())));
      });
      await listener.subscribe(channel);
      return events;
    },

    async stop(): Promise<void> {
      await Promise.all(workers.map((worker) => worker.stop()));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all([...children].map((child) => once(child, 'exit')));
      vitals.stop();
      await Promise.all([intake.close(), asker.close()]);
      for (const connection of [subscriber, listener]) connection.disconnect();
      const keys = await redis.keys(`${config.STORM_NAMESPACE}:*`);
      for (let i = 0; i < keys.length; i += 1_000) await redis.del(...keys.slice(i, i + 1_000));
      redis.disconnect();
      await store.connection.dropDatabase();
      await store.close();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
