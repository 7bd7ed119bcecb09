import { randomUUID } from 'node:crypto';
import { eventually, testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { channelIdOf, newUserId, RedisNames, type Change, type ChangeBody } from '../../src/contracts/index.js';
import {
  Asker,
  connectRedis,
  createLogger,
  generateKey,
  generateSealKeys,
  Intake,
  Opener,
  parseKeyRing,
  redisReady,
  Replies,
  Sealer,
  Vitals,
  type AskerOptions,
  type IntakeOptions,
  type PressureLimits,
} from '../../src/node/index.js';

export const log = createLogger('test', process.env['STORM_TEST_LOG'] ?? 'silent');

const relaxed: PressureLimits = {
  slowDepth: 500,
  refuseDepth: 2_000,
  slowAgeMs: 30_000,
  refuseAgeMs: 600_000,
  refuseMemory: 0.6,
};

interface Options {
  /** How the process under test reaches Redis: through a proxy, say. */
  url?: string;
  /** The same Redis for the worker's side, past the proxy. */
  directUrl?: string;
  shards?: number;
  /** Of the sealer, to let sealing periods pass. */
  now?: () => number;
}

/** What api and gateway have of the path of a change: connections, keys, replies, vitals; intakes and askers as a test wants them. */
export async function createAskingSide({
  url = testRedisUrl(),
  directUrl = testRedisUrl(),
  shards = 2,
  now = Date.now,
}: Options = {}) {
  const names = new RedisNames(uniqueNamespace(), shards);
  const { publicRing, privateRing } = await generateSealKeys('s1');
  const intakeSecrets = parseKeyRing(generateKey('i1'));
  const sealerOptions = { sealKeys: parseKeyRing(publicRing), intakeSecrets, now };
  const sealer = new Sealer(sealerOptions);
  const opener = new Opener({ sealKeys: parseKeyRing(privateRing), intakeSecrets });

  const redis = connectRedis(url, 'producer', log);
  const subscriber = connectRedis(url, 'subscriber', log);
  const direct = connectRedis(directUrl, 'producer', log);
  const replies = new Replies({ subscriber, names, sealer, processId: randomUUID(), log });
  const vitals = new Vitals({ redis, names, intervalMs: 20 });
  const parts = { redis, names, sealer, replies, vitals, log };
  const closing: (() => Promise<void>)[] = [];

  return {
    ...parts,
    subscriber,
    direct,
    directUrl,
    sealerOptions,
    opener,

    /** Connected, subscribed, and knowing what Redis says. */
    async start(): Promise<void> {
      await Promise.all([redis, subscriber, direct].map(redisReady));
      replies.start();
      await vitals.start();
      await eventually(() => replies.live, { everyMs: 1 });
    },

    intake(options: Partial<Omit<IntakeOptions, 'pressure'>> & { pressure?: Partial<PressureLimits> } = {}): Intake {
      const intake = new Intake({ ...parts, ...options, pressure: { ...relaxed, ...options.pressure } });
      closing.push(() => intake.close());
      return intake;
    },

    asker(options: Partial<AskerOptions> = {}): Asker {
      const asker = new Asker({ ...parts, ...options });
      closing.push(() => asker.close());
      return asker;
    },

    async stop(): Promise<void> {
      vitals.stop();
      await redisReady(direct);
      await Promise.all(closing.map((close) => close()));
      const keys = await direct.keys(`${names.namespace}:*`);
      if (keys.length > 0) await direct.del(...keys);
      for (const connection of [redis, subscriber, direct]) connection.disconnect();
    },
  };
}

export type AskingSide = Awaited<ReturnType<typeof createAskingSide>>;

const sender = newUserId();

/** A channel that falls into this shard. */
export function channelIn(shard: number, names: RedisNames): string {
  for (;;) {
    const channelId = channelIdOf(sender, randomUUID());
    if (names.shardOf(channelId) === shard) return channelId;
  }
}

export const aChange = (channelId: string, text: string, body: Partial<ChangeBody> = {}): Change => ({
  channelId,
  senderId: sender,
  changeId: randomUUID(),
  senderRole: 'member',
  wantsState: false,
  body: { kind: 'message', text, threadId: null, clientTs: 0, ...body } as ChangeBody,
});
