import { randomBytes, randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { changeAad, channelIdOf, messageIdOf, type ChangeBody, type IntakeVerdict } from '@storm/shared/contracts';
import { EventSealer, Opener, aadOf } from '@storm/shared/node';
import { StoreUnavailable, type Store } from '@storm/store';
import { ChannelCache } from '../../src/changes/channel-cache.js';
import { FollowUps } from '../../src/changes/follow-ups.js';
import { Settler } from '../../src/changes/settler.js';
import { takeUp } from '../../src/changes/take-up.js';
import { ChannelKeys } from '../../src/crypto/channel-keys.js';
import { hasText, readText } from '../../src/crypto/text.js';
import { eventsOf } from '../../src/events/frames.js';
import { Publisher } from '../../src/events/publisher.js';
import { Notifier } from '../../src/notifications/notifier.js';
import { ChannelHeads } from '../../src/questions/channel-heads.js';
import { DeadLetters } from '../../src/queue/dead-letters.js';
import { Reads } from '../../src/reads/reads.js';
import { processJob, type JobContext } from '../../src/queue/process-job.js';
import { Replier } from '../../src/queue/replier.js';
import { Suspects } from '../../src/queue/suspects.js';
import { LockLost, type Guard } from '../../src/retry.js';
import type { Rig } from './rig.js';
import { Actor, seeded } from './scheduler.js';

export interface Entry {
  /** Which change it is a copy of. */
  changeId: string;
  channelId: string;
  senderId: string;
  body: ChangeBody;
}

interface Job {
  index: number;
  entries: (Entry & { intakeId: string })[];
  data: unknown;
  starts: number;
  done: boolean;
}

export interface Outcome {
  channels: string[];
  jobs: { entries: (Entry & { intakeId: string })[] }[];
  /** All that were sent for an intake id: takeovers answer twice. */
  verdicts: Map<string, IntakeVerdict[]>;
  logExpired: boolean;
  /** Something was not published when all jobs were done. */
  late: boolean;
}

interface Writer {
  actor: Actor;
  cache: ChannelCache;
  context: JobContext;
  settler: Settler;
  close: () => Promise<void>;
}

type Run = { job: Job; writer: Writer; left: boolean };

const pick = <T>(items: readonly T[], random: () => number): T => items[Math.floor(random() * items.length)] as T;

/**
 * Plays jobs of random changes on the real code with two writers over the real MongoDB and Redis, one step at a time, in an
 * order that the seed decides: jobs are taken over while their first writer still runs, writers die between any two steps or
 * within a bulk, MongoDB leaves answers unsaid, logs expire.
 */
export async function play(seed: number, rig: Rig, users: readonly string[]): Promise<Outcome> {
  const random = seeded(seed);
  const { epoch } = await rig.store.meta.ensure({ shards: rig.names.shards });
  const sealing = await rig.sealer.current();
  const opener = new Opener({ sealKeys: rig.config.SEAL_PRIVATE_KEYS, intakeSecrets: rig.config.INTAKE_SECRETS });
  const verdicts: Outcome['verdicts'] = new Map();
  const tag = randomUUID().slice(0, 8);
  const owner = users[0] as string;
  const creations = [0, 1].map((n): Entry => {
    const changeId = randomUUID();
    const body: ChangeBody = { kind: 'create', type: 'public', name: `${tag} ${n}`, description: null };
    return { changeId, channelId: channelIdOf(owner, changeId), senderId: owner, body };
  });
  const channels = creations.map(({ channelId }) => channelId);

  const makeJob = (index: number, entries: Entry[]): Job => {
    const named = entries.map((entry) => ({ ...entry, intakeId: randomBytes(12).toString('base64url') }));
    const sealed = named.map(({ body, ...clear }) => {
      const box = sealing.seal(
        Buffer.from(JSON.stringify({ senderRole: 'member', wantsState: false, body })),
        aadOf(...changeAad(clear, 'test')),
      );
      return { ...clear, box: box.toString('base64') };
    });
    return {
      index,
      entries: named,
      data: { v: 1, header: sealing.header, replyTo: 'test', entries: sealed },
      starts: 0,
      done: false,
    };
  };
  const jobs = [
    makeJob(0, creations),
    ...randomJobs(random, { users, channels, tag }).map((entries, i) => makeJob(i + 1, entries)),
  ];

  const makeWriter = (name: string, luck = random): Writer => {
    const actor = new Actor(name);
    const store = steppedStore(rig.store, actor, luck);
    const keys = new ChannelKeys({ store, masterKeys: rig.config.MASTER_KEYS, maxAgeMs: 1e12 });
    const bare = new Publisher({
      redis: rig.redis,
      names: rig.names,
      sealer: new EventSealer(rig.config.EVENT_SECRETS),
      epoch,
      eventsBetween: async (channelId, after, upTo) => {
        const rows = await rig.store.timeline.rowsInRange(channelId, after, upTo);
        const texts = await Promise.all(rows.map((row) => (hasText(row) ? readText(row, keys) : Promise.resolve(null))));
        return eventsOf(rows, (row) => texts[rows.indexOf(row)]);
      },
    });
    const publisher = actor.steps(bare);
    const settler = new Settler({ store, log: rig.log, intervalMs: 0 });
    const notifier = new Notifier({ store, publisher });
    const followUps = new FollowUps({ store, keys, publisher, notifier, settler, redis: rig.redis, names: rig.names });
    const replier = new Replier(rig.redis, rig.names);
    replier.verdicts = async (_to, _context, sent) => {
      await actor.gate();
      for (const verdict of sent) verdicts.set(verdict.intakeId, [...(verdicts.get(verdict.intakeId) ?? []), verdict]);
    };
    const heads = new ChannelHeads({ redis: rig.redis, names: rig.names, store, epoch });
    const deadLetters = new DeadLetters(store, rig.log);
    const context: JobContext = {
      store,
      keys,
      followUps,
      opener,
      publisher,
      heads,
      replier,
      deadLetters,
      reads: new Reads({ store, heads, publisher, log: rig.log }),
      editWindowMs: 3_600_000,
      redis: rig.redis,
      names: rig.names,
      log: rig.log,
    };
    return { actor, cache: new ChannelCache(), context, settler, close: () => settler.flush() };
  };

  const writers = [makeWriter('a'), makeWriter('b')];
  const runs = new Set<Run>();
  let logExpired = false;
  const suspects = new Suspects(rig.redis, rig.names);

  const begin = (job: Job, writer: Writer): void => {
    const run: Run = { job, writer, left: false };
    runs.add(run);
    job.starts++;
    const guard: Guard = { check: () => undefined, wait: () => writer.actor.gate() };
    const taken = {
      id: `${tag}-${job.index}`,
      shard: 0,
      data: job.data,
      starts: job.starts,
      stalls: 0,
      guard,
      cache: writer.cache,
      suspects,
    };
    processJob(taken, writer.context)
      .then(() => (job.done = true))
      .catch((error: unknown) => {
        if (!(error instanceof LockLost)) throw error;
      })
      .finally(() => runs.delete(run));
  };

  for (let calm = 0; ;) {
    const next = jobs.find(({ done }) => !done);
    if (!next && runs.size === 0) break;
    const idle = writers.filter((writer) => ![...runs].some((run) => run.writer === writer));
    const trouble = next !== undefined && next.starts < 5;
    if (next && idle.length > 0 && ![...runs].some(({ job, left }) => job === next && !left)) {
      begin(next, pick(idle, random));
      continue;
    }
    const ready = writers.filter(({ actor }) => actor.waiting > 0);
    if (ready.length === 0 || writers.some(({ actor }) => actor.running > 0)) {
      await turn();
      if (++calm > 200_000) throw new Error(`seed ${seed} hangs`);
      continue;
    }
    calm = 0;
    const writer = pick(ready, random);
    const current = [...runs].find((run) => run.job === next && !run.left);
    if (trouble && random() < 0.01) {
      writer.actor.die(new LockLost());
      writers[writers.indexOf(writer)] = makeWriter(writer.actor.name);
    } else if (trouble && current && idle.length > 0 && random() < 0.02) {
      current.left = true;
      begin(current.job, pick(idle, random));
    } else if (random() < 0.002) {
      logExpired = true;
      await rig.redis.del(...channels.map((channelId) => rig.names.log(channelId, epoch)));
    } else {
      writer.actor.letThrough();
    }
    await turn();
  }

  // The sweep, by a worker that nothing happens to: whatever its every writer left undone.
  const calm = makeWriter('sweep', () => 1);
  const pump = setInterval(() => calm.actor.letThrough(), 0);
  let late = false;
  for (const channelId of channels) {
    const rows = await rig.store.timeline.rowsAbove(channelId, 0, 1_000);
    late ||= Number(await rig.redis.hget(rig.names.head(channelId, epoch), 'seq')) < rows.length;
  }
  await takeUp(channels, calm.context.store, calm.context.followUps);
  await calm.close();
  clearInterval(pump);
  for (const { actor } of writers) actor.die(new LockLost());
  return { channels, jobs, verdicts, logExpired, late };
}

/** The store with every query a step. An insert may be cut short by a death, and any write may leave its answer unsaid. */
function steppedStore(store: Store, actor: Actor, random: () => number): Store {
  const around = async (method: string, run: () => Promise<unknown>, args: unknown[]): Promise<unknown> => {
    if (method === 'insertRows' && random() < 0.03) {
      const rows = args[0] as Parameters<Store['timeline']['insertRows']>[0];
      await store.timeline.insertRows(rows.slice(0, Math.floor(random() * rows.length)));
      throw new StoreUnavailable('cut short');
    }
    if (random() < 0.004) {
      if (random() < 0.5) await run();
      throw new StoreUnavailable('no answer');
    }
    return run();
  };
  const groups = [
    'timeline',
    'heads',
    'channels',
    'memberships',
    'reactions',
    'names',
    'channelKeys',
    'users',
    'deadLetters',
    'notifications',
  ] as const;
  return { ...store, ...Object.fromEntries(groups.map((group) => [group, actor.steps(store[group], around)])) };
}

/** Jobs of random changes to two channels, some sent again in the same job or a later one. */
function randomJobs(
  random: () => number,
  { users, channels, tag }: { users: readonly string[]; channels: string[]; tag: string },
): Entry[][] {
  const sent: Entry[] = [];
  return Array.from({ length: 6 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, (): Entry => {
      const roll = random();
      if (sent.length > 0 && roll < 0.15) return pick(sent, random);
      const channelId = pick(channels, random);
      const entry = {
        changeId: randomUUID(),
        channelId,
        senderId: pick(users, random),
        body: randomBody(random, roll, { sent, channelId, tag }),
      };
      sent.push(entry);
      return entry;
    }),
  );
}

function randomBody(
  random: () => number,
  roll: number,
  { sent, channelId, tag }: { sent: Entry[]; channelId: string; tag: string },
): ChangeBody {
  const messages = sent.filter((entry) => entry.body.kind === 'message' && entry.channelId === channelId);
  if (roll < 0.35) return random() < 0.6 ? { kind: 'join' } : { kind: 'leave' };
  if (roll < 0.6 && messages.length > 0) {
    const id = idOf(pick(messages, random));
    if (roll < 0.43) return { kind: 'delete', id };
    if (roll < 0.5) return { kind: 'edit', id, text: `edited ${someText(random)}` };
    return { kind: 'reaction', id, emoji: pick(['👍', '🎉'], random), added: random() < 0.6 };
  }
  if (roll < 0.7) return { kind: 'rename', name: `${tag} ${Math.floor(random() * 4)}` };
  return { kind: 'message', text: `text ${someText(random)}`, threadId: null, clientTs: 1 };
}

/** Some mention a user, by the names that they have in the test. */
const someText = (random: () => number): string => {
  const number = Math.floor(random() * 1e9);
  return number % 3 === 0 ? `${number}` : `${number} @player_${number % 2} @player_${1 + (number % 3)}`;
};

const idOf = ({ channelId, senderId, changeId }: Entry): string => messageIdOf(channelId, senderId, changeId);
