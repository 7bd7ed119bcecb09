import type { IntakeVerdict, RedisNames } from '@storm/shared/contracts';
import type { Logger, Opener, Redis } from '@storm/shared/node';
import type { ChannelCache } from '../changes/channel-cache.js';
import { followMessages } from '../changes/channel-state.js';
import { commit, type CommitContext } from '../changes/commit.js';
import { openJob, type OpenedJob } from '../changes/open-job.js';
import { keyOf, type OpenedChange } from '../changes/opened-change.js';
import { stateAfter } from '../changes/states-after.js';
import { verdictOf, type Decision } from '../changes/verdicts.js';
import type { Publisher } from '../events/publisher.js';
import type { ChannelHeads } from '../questions/channel-heads.js';
import type { Reads } from '../reads/reads.js';
import { untilDone, type Guard } from '../retry.js';
import { idsOf, type DeadLetters } from './dead-letters.js';
import type { Replier } from './replier.js';
import type { Suspects } from './suspects.js';

export interface JobContext extends CommitContext {
  opener: Opener;
  publisher: Publisher;
  heads: ChannelHeads;
  replier: Replier;
  reads: Reads;
  deadLetters: DeadLetters;
  redis: Redis;
  names: RedisNames;
  log: Logger;
}

export interface TakenJob {
  id: string;
  shard: number;
  data: unknown;
  /** How often it has been taken, this time included. */
  starts: number;
  /** How often a worker died, or lost its lock, with it. */
  stalls: number;
  guard: Guard;
  /** Resolves when no job that was taken before is under way: nothing is decided before. */
  turn?: () => Promise<void>;
  cache: ChannelCache;
  suspects: Suspects;
}

/** Deaths of workers with one entry alone under way after which it is to blame. */
const deathsMax = 3;
/** From this many stalls on, entries of a job go one by one, each noted before. */
const suspiciousStalls = 2;

/** One entry was alone under way at too many deaths. */
class Blamed extends Error {
  override name = 'Blamed';

  constructor() {
    super(`${deathsMax} workers died with it`);
  }
}

/** One job from the queue to its verdicts. Returns when all of it is done; throws only `LockLost` and `Stopping`. */
export async function processJob(job: TakenJob, context: JobContext): Promise<void> {
  const { guard, cache } = job;
  const [, opened] = await Promise.all([job.turn?.(), openJob(job.data, context.opener)]);
  const decided = new Map<OpenedChange, Decision>();
  const failed = new Map<OpenedChange, string>();
  /** Of the whole job, however it is taken: what was refused before a stored one is final. */
  const tentative = new Map<OpenedChange, Decision>();
  let noted = false;
  const onRetry = (error: unknown) => {
    cache.clear(); // what was under way may have been done or not
    context.log.warn({ err: error, shard: job.shard }, 'waiting for a dependency');
  };

  if (job.stalls >= suspiciousStalls) {
    await oneByOne(opened.changes);
  } else {
    try {
      await decide(opened.changes, job.starts > 1);
    } catch (error) {
      if (isControl(error)) throw error;
      // A bug met one of them: alone, each shows whether it is the one.
      cache.clear();
      context.log.error({ err: error, shard: job.shard }, 'a job failed: its changes go one by one');
      await oneByOne(opened.changes);
    }
  }
  await untilDone(guard, () => answer(opened), onRetry);
  if (opened.reads) context.reads.note(opened.reads);
  else context.log.warn({ shard: job.shard }, 'read positions could not be opened');
  await untilDone(guard, () => bury(opened), onRetry);
  if (noted) await untilDone(guard, () => job.suspects.clear(job.shard, job.id), onRetry);

  async function oneByOne(changes: readonly OpenedChange[]): Promise<void> {
    noted = true;
    for (const change of changes) {
      let deaths = 0;
      // Once it is the next to be decided: what others left to be done before that is none of its doing.
      const begin = async () => {
        if (deaths === 0) deaths = await job.suspects.note(job.shard, job.id, change.index);
        if (deaths > deathsMax) throw new Blamed();
      };
      try {
        await decide([change], true, begin);
      } catch (error) {
        if (isControl(error)) {
          if (deaths > 0) await job.suspects.survived(job.shard, job.id, change.index).catch(() => undefined);
          throw error;
        }
        cache.clear();
        if (!(error instanceof Blamed)) context.log.error({ err: error, shard: job.shard }, 'a change failed alone');
        await giveUp(change, error instanceof Blamed ? error.message : `it can't be stored: ${nameOf(error)}`);
      }
      await untilDone(guard, () => job.suspects.clear(job.shard, job.id, change.index), onRetry);
    }
  }

  /** What was stored before it failed is no dead letter, whatever came after: its sender must not be told that it failed. */
  async function giveUp(change: OpenedChange, reason: string): Promise<void> {
    const [row] = await untilDone(guard, () => context.store.timeline.storedChanges([change]), onRetry);
    if (row?.intakeId === change.intakeId) decided.set(change, { status: 'persisted', row });
    else failed.set(change, reason);
  }

  /** Decides changes; a second copy under one id after the first, so that it meets what the first one became. */
  async function decide(changes: readonly OpenedChange[], again: boolean, begin?: () => Promise<void>): Promise<void> {
    const first = [...changes];
    for (let pass = first; pass.length > 0;) {
      const firsts = new Map<string, OpenedChange>();
      const copies: OpenedChange[] = [];
      for (const change of pass) {
        const key = keyOf(change);
        if (firsts.has(key)) copies.push(change);
        else firsts.set(key, change);
      }
      const decisions = await untilDone(
        guard,
        async (attempt) => {
          await followHeads(pass, job, context);
          return commit(
            {
              job: opened.changes,
              changes: [...firsts.values()],
              cache,
              guard,
              again: again || attempt > 0 || pass !== first,
              begin,
              tentative,
            },
            context,
          );
        },
        onRetry,
      );
      for (const [change, decision] of decisions) decided.set(change, decision);
      pass = copies;
    }
  }

  async function answer({ reply }: OpenedJob): Promise<void> {
    if (!reply) return;
    const verdicts: IntakeVerdict[] = [];
    for (const [change, decision] of decided) {
      const verdict = verdictOf(change, decision);
      if (change.wantsState && (verdict.status === 'persisted' || verdict.status === 'duplicate')) {
        const state = await stateAfter(change, verdict, context);
        if (state) verdict.state = state;
      }
      verdicts.push(verdict);
    }
    await context.replier.verdicts(reply.to, reply.context, verdicts);
  }

  /** After the neighbours have their verdicts: it may have to wait for room. */
  async function bury({ unopened, reply, header }: OpenedJob): Promise<void> {
    const entries = (job.data as { entries?: unknown[] } | null)?.entries ?? [];
    const dead = [...unopened, ...[...failed].map(([{ index }, reason]) => ({ index, raw: entries[index], reason }))];
    const verdicts: IntakeVerdict[] = [];
    for (const { raw, reason } of dead) {
      await context.deadLetters.keep({ raw, header, replyTo: reply?.to, reason, attempts: job.starts });
      const { intakeId, channelId, changeId } = idsOf(raw);
      if (!intakeId || !channelId || !changeId) continue;
      const message = `It could not be processed: ${reason}`;
      verdicts.push({ intakeId, channelId, changeId, status: 'failed', code: 'INTERNAL_ERROR', message });
    }
    if (reply) await context.replier.verdicts(reply.to, reply.context, verdicts);
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

const isControl = (error: unknown): boolean => error instanceof Error && (error.name === 'LockLost' || error.name === 'Stopping');

/** Brings cached states up to what Redis knows, or drops them, and notes that these channels move. A hint: it saves conflicts, and decides nothing. */
async function followHeads(
  changes: readonly OpenedChange[],
  { shard, cache }: TakenJob,
  { redis, names, publisher, now = Date.now }: JobContext,
): Promise<void> {
  const channelIds = [...new Set(changes.map(({ channelId }) => channelId))];
  const at = now();
  const [heads] = await Promise.all([
    publisher.heads(channelIds),
    redis.zadd(names.moved(shard), ...channelIds.flatMap((channelId) => [at, channelId])),
  ]);
  for (const [channelId, head] of heads) {
    const state = cache.get(channelId);
    if (state && head.seq > state.seq && !followMessages(state, head)) cache.drop([channelId]);
  }
}
