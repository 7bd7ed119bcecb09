import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lanes, type Lane } from '@storm/shared/contracts';
import { Closer, backoff, checkRedisPolicy, periodically, redisReady, serveOperations, type Service } from '@storm/shared/node';
import { ensureSchema, type Meta, type ReadPosition } from '@storm/store';
import { FollowUps } from './changes/follow-ups.js';
import { Settler } from './changes/settler.js';
import type { Context } from './context.js';
import { ChannelKeys } from './crypto/channel-keys.js';
import { announce } from './duties/announce.js';
import { stayAlive } from './duties/alive.js';
import { beats } from './duties/beat.js';
import { sweep } from './duties/sweep.js';
import { Publisher } from './events/publisher.js';
import { readEvents } from './events/read-events.js';
import { Notifier } from './notifications/notifier.js';
import { countQuestions } from './metrics.js';
import { ChannelHeads } from './questions/channel-heads.js';
import { QuestionConsumer } from './questions/question-consumer.js';
import { DeadLetters } from './queue/dead-letters.js';
import { Reads } from './reads/reads.js';
import { ownReads } from './reads/receipts.js';
import { Replier } from './queue/replier.js';
import { ShardConsumer } from './queue/shard-consumer.js';
import { Suspects } from './queue/suspects.js';

export interface Worker extends Service {
  /** Of operations; 0 before the start. */
  readonly port: number;
}

/** The consumers of all shards and of the questions, and the duties that some worker has to do. */
export function createWorker(context: Context): Worker {
  const { config, log, store, redis, names, operations } = context;
  const closer = new Closer(log);
  let server: Server | undefined;
  let stopping = false;
  let consuming = false;
  context.checks['consumers'] = () => {
    if (!consuming) throw new Error('not started yet');
  };

  return {
    log,
    deadlineMs: config.SHUTDOWN_DEADLINE_MS,
    get port() {
      return (server?.address() as AddressInfo | null)?.port ?? 0;
    },

    async start() {
      closer.add('redis', redis, () => redis.disconnect());
      closer.add('mongo', store, () => store.close());
      server = await serveOperations(operations, { host: config.HOST, port: config.PORT });
      closer.add('operations', server, (it) => void it.close());
      await redisReady(redis);
      await checkRedisPolicy(redis, log);
      const meta = await schema();
      if (!stopping) run(meta);
    },

    async stop() {
      stopping = true;
      operations.drain();
      await closer.close();
    },
  };

  /** Waits for MongoDB as long as it takes; a service whose shard count differs must not touch the queues. */
  async function schema(): Promise<Meta> {
    const patience = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
    await Promise.race([store.connected(), patience]); // a first connection that takes a moment is no outage
    for (let attempt = 0; ; attempt++) {
      try {
        const meta = await ensureSchema(store, { shards: config.QUEUE_SHARDS });
        if (meta.shards !== config.QUEUE_SHARDS) throw new WrongShards(config.QUEUE_SHARDS, meta.shards);
        return meta;
      } catch (error) {
        if (stopping || error instanceof WrongShards) throw error;
        log.warn({ err: error }, 'waiting for MongoDB');
        await new Promise((resolve) => setTimeout(resolve, backoff(attempt, { cap: 5_000 })));
      }
    }
  }

  function run(meta: Meta): void {
    const { epoch } = meta;
    const keys = new ChannelKeys({ store, masterKeys: config.MASTER_KEYS, maxAgeMs: config.DATA_KEY_DAYS * 86_400_000 });
    const publisher = new Publisher({
      redis,
      names,
      sealer: context.sealer,
      epoch,
      eventsBetween: (channelId, after, upTo) => readEvents(channelId, after, Math.min(upTo, after + 256), { store, keys }),
    });
    const onRead = (reads: readonly ReadPosition[], at: Date) =>
      void publisher.tellUsers(ownReads(reads, at)).catch((error: unknown) => log.debug({ err: error }, 'senders were not told'));
    const settler = closer.add('heads', new Settler({ store, log, onRead }), (it) => it.close());
    const notifier = new Notifier({ store, publisher });
    const followUps = new FollowUps({ store, keys, publisher, notifier, settler, redis, names });
    const heads = new ChannelHeads({ redis, names, store, epoch });
    const reads = closer.add('reads', new Reads({ store, heads, publisher, log }), (it) => it.close());
    const replier = new Replier(redis, names);
    const suspects = new Suspects(redis, names);
    const deadLetters = new DeadLetters(store, log);

    const consumer = (lane: Lane, shard: number) => {
      const job = {
        ...context,
        store,
        keys,
        followUps,
        publisher,
        heads,
        replier,
        reads,
        deadLetters,
        editWindowMs: config.EDIT_WINDOW_SECONDS * 1_000,
      };
      const options = {
        shard,
        lane,
        connection: redis,
        names,
        context: job,
        suspects,
        log,
        lockMs: config.JOB_LOCK_MS,
        stalledCheckMs: config.JOB_STALLED_CHECK_MS,
      };
      return new ShardConsumer(options);
    };
    const consumers = lanes.flatMap((lane) => Array.from({ length: names.shards }, (_, shard) => consumer(lane, shard)));
    closer.add('consumers', consumers, (all) => Promise.all(all.map((consumer) => consumer.stop())));
    const questions = new QuestionConsumer({
      connection: redis,
      names,
      opener: context.opener,
      replier,
      context: { store, keys, heads },
      onAnswered: countQuestions(operations.registry),
      log,
    });
    closer.add('questions', questions, (it) => it.stop());

    const say = () =>
      void announce(redis, names, meta, consumers).catch((error: unknown) => log.debug({ err: error }, 'could not announce'));
    const duty = { redis, log, names, store, followUps, consumers, sealer: context.sealer, epoch };
    const beat = beats(duty);
    closer.add(
      'beat',
      periodically({
        ...duty,
        name: 'beat',
        lease: names.beatLease,
        everyMs: config.BEAT_MS,
        work: () => {
          say(); // Redis may lose its data without breaking a connection
          return beat();
        },
      }),
      (end) => end(),
    );
    closer.add(
      'sweep',
      periodically({ ...duty, name: 'sweep', lease: names.sweepLease, everyMs: config.SWEEP_MS, work: () => sweep(duty) }),
      (end) => end(),
    );
    closer.add('alive', stayAlive(redis, names), (end) => end());

    redis.on('ready', say);
    say();
    for (const consumer of consumers) consumer.start();
    questions.start();
    consuming = true;
  }
}

class WrongShards extends Error {
  constructor(ours: number, theirs: number) {
    super(`QUEUE_SHARDS is ${ours}, but this database was made with ${theirs}`);
  }
}
