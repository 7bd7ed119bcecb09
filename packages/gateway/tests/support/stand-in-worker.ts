import { Worker, type Job } from 'bullmq';
import {
  beatAad,
  changeAad,
  changesQueue,
  eventAad,
  packEvents,
  questionAad,
  questionsQueue,
  readsAad,
  ReadMarks,
  replyAad,
  userEventAad,
  Question,
  SealedPart,
  type Beat,
  type ChangeBody,
  type ChangeJob,
  type ControlEvent,
  type EndOfAccess,
  type IntakeVerdict,
  type OutsideAccount,
  type QuestionJob,
  type ReadMark,
  type RedisNames,
  type Reply,
  type UserEvent,
} from '@storm/shared/contracts';
import {
  aadOf,
  connectRedis,
  EventSealer,
  Opener,
  packControl,
  redisReady,
  Revocations,
  StormError,
  type KeyRing,
  type Logger,
  type OpenContext,
  type Redis,
} from '@storm/shared/node';
import { messageIdOf } from '@storm/shared/contracts';
import { ChannelModel, type Row } from './channel-model.js';

interface Options {
  redisUrl: string;
  names: RedisNames;
  sealKeys: KeyRing;
  intakeSecrets: KeyRing;
  eventSecrets: KeyRing;
  log: Logger;
}

/** What to do with a row: a worker does all three, a test may leave one out. */
export interface Spread {
  log?: boolean;
  head?: boolean;
  publish?: boolean;
}

/**
 * Stands in for the worker on the real queues: keeps channels in memory, stores what is sent, answers questions, publishes
 * sealed events, all in the worker's formats.
 */
export class StandInWorker {
  readonly channels = new Map<string, ChannelModel>();
  readonly asked: Question[] = [];
  /** What the changes that came wanted. */
  readonly taken: ChangeBody[] = [];
  /** How far somebody read, as it came: those of members are told. */
  readonly reads: ReadMark[] = [];
  /** Change it to refuse questions, or to answer late. */
  beforeAnswer: (question: Question) => Promise<void> | void = () => undefined;
  /** Rows that one answer to `events` covers at most. */
  eventsAtOnce = 1_000;
  /** Channels on one page of memberships. */
  membershipsAtOnce = 1_000;
  epoch = 'epoch-1';
  /** Sessions whose tokens hold no more, as MongoDB would know it. */
  readonly ended = new Map<string, EndOfAccess>();
  /** Until when users were seen, as it was told. */
  readonly lastSeen = new Map<string, number>();
  /** Accounts of outside users, by subject; who is not here is deactivated. */
  readonly outside = new Map<string, OutsideAccount>();
  readonly redis: Redis;
  readonly revocations: Revocations;
  readonly #sealer: EventSealer;
  readonly #opener: Opener;
  #consumers: Worker[] = [];
  #connections: Redis[] = [];

  constructor(private readonly options: Options) {
    this.redis = connectRedis(options.redisUrl, 'consumer', options.log);
    this.revocations = new Revocations({ redis: this.redis, names: options.names });
    this.#sealer = new EventSealer(options.eventSecrets);
    this.#opener = new Opener(options);
  }

  /** Says that the database is there, without a worker, and that Redis knows all revocations, which an api would do. */
  async announce(): Promise<void> {
    const { names } = this.options;
    await redisReady(this.redis);
    await this.redis.hset(names.meta, { epoch: this.epoch, shards: names.shards });
    await this.revocations.loading(() => Promise.resolve(), 'stand-in');
  }

  async start({ changes = true } = {}): Promise<void> {
    const { names, redisUrl, log } = this.options;
    if (this.#consumers.length > 0) return;
    await this.announce();
    const consume = (queue: string, prefix: string, process: (job: Job) => Promise<void>) => {
      const connection = connectRedis(redisUrl, 'consumer', log);
      this.#connections.push(connection);
      const worker = new Worker(queue, process, { connection, prefix, concurrency: queue === questionsQueue ? 16 : 1 });
      worker.on('error', () => undefined);
      this.#consumers.push(worker);
    };
    consume(questionsQueue, names.queryPrefix, (job) => this.#answer(job.data as QuestionJob));
    for (let shard = 0; changes && shard < names.shards; shard++) {
      consume(changesQueue, names.shardPrefix(shard), (job) => this.#commit(job.data as ChangeJob));
    }
    await Promise.all(this.#consumers.map((worker) => worker.waitUntilReady()));
    await this.redis.set(names.workerAlive, '1');
  }

  /** The worker dies; what it said stays. */
  async stop(): Promise<void> {
    if (this.redis.status === 'ready') await this.redis.del(this.options.names.workerAlive);
    await Promise.all(this.#consumers.map((worker) => worker.close(true)));
    for (const connection of this.#connections) connection.disconnect();
    this.#consumers = [];
    this.#connections = [];
  }

  async close(): Promise<void> {
    await this.stop();
    for (let cursor = '0'; ;) {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', `${this.options.names.namespace}:*`, 'COUNT', 1_000);
      if (keys.length > 0) await this.redis.del(...keys);
      if (next === '0') break;
      cursor = next;
    }
    this.redis.disconnect();
  }

  /** A channel with its members, published. */
  async createChannel(id: string, ownerId: string, ...members: string[]): Promise<ChannelModel> {
    const channel = new ChannelModel(id, ownerId);
    this.channels.set(id, channel);
    for (const userId of members) channel.join(userId);
    await this.spread(channel, channel.rows);
    return channel;
  }

  async say(channel: ChannelModel, senderId: string, text: string, spread: Spread = {}): Promise<Row> {
    const row = channel.say(senderId, text);
    await this.spread(channel, [row], spread);
    return row;
  }

  async join(channel: ChannelModel, userId: string): Promise<void> {
    await this.spread(channel, [channel.join(userId)]);
    await this.tell(userId, { kind: 'joined', channelId: channel.id, seq: channel.seq, channel: channel.state });
  }

  async leave(channel: ChannelModel, userId: string): Promise<void> {
    await this.spread(channel, [channel.leave(userId)]);
    await this.tell(userId, { kind: 'left', channelId: channel.id, seq: channel.seq });
  }

  /** Writes rows to the recent log, moves the head, publishes: several rows in one message. */
  async spread(
    channel: ChannelModel,
    rows: readonly Row[],
    { log = true, head = true, publish = true }: Spread = {},
  ): Promise<void> {
    const { names } = this.options;
    const events = rows.map(({ from, seq, frame }) => ({
      from,
      seq,
      envelope: this.sealEvent(channel.id, from, seq, JSON.stringify(frame)),
    }));
    const pipeline = this.redis.multi();
    for (const { from, seq, envelope } of events) {
      if (log) pipeline.xadd(names.log(channel.id, this.epoch), `${seq}-0`, 'f', from, 'e', envelope);
    }
    if (head) pipeline.hset(names.head(channel.id, this.epoch), { seq: channel.seq, position: channel.position });
    if (publish) pipeline.publish(names.events(channel.id), packEvents(events));
    await pipeline.exec();
  }

  sealEvent(channelId: string, from: number, seq: number, text: string): Buffer {
    return this.#sealer.seal(Buffer.from(text), aadOf(...eventAad(channelId, from, seq)));
  }

  async tell(userId: string, event: UserEvent): Promise<void> {
    const sealed = this.#sealer.seal(Buffer.from(JSON.stringify(event)), aadOf(...userEventAad(userId)));
    await this.redis.publish(this.options.names.user(userId), sealed);
  }

  /** Notes and says what an api does when access ends; or says it only. */
  async control(event: ControlEvent, { note = true } = {}): Promise<void> {
    const { names, intakeSecrets } = this.options;
    if (note && (event.kind === 'session-ended' || event.kind === 'access-changed'))
      await this.revocations.note([event], { ttlMs: 60_000, intakeSecrets });
    else await this.redis.publish(names.user(event.userId), packControl(event, intakeSecrets));
  }

  async beat(shard: number, beat: Beat): Promise<void> {
    const sealed = this.#sealer.seal(Buffer.from(JSON.stringify(beat)), aadOf(...beatAad(shard)));
    await this.redis.publish(this.options.names.beat(shard), sealed);
  }

  async #answer({ header, replyTo, entries }: QuestionJob): Promise<void> {
    const context = await this.#opener.context(header);
    await Promise.all(
      entries.map(async ({ questionId, deadline, box }) => {
        const opened = context.open(Buffer.from(box, 'base64'), aadOf(...questionAad(questionId, deadline, replyTo)));
        const question = Question.parse(JSON.parse(opened.toString()));
        this.asked.push(question);
        try {
          await this.beforeAnswer(question);
          await this.#reply(context, replyTo, { answers: [{ ok: true, questionId, body: this.#bodyOf(question) }] });
        } catch (error) {
          const code = error instanceof StormError ? error.code : 'FORBIDDEN';
          await this.#reply(context, replyTo, { answers: [{ ok: false, questionId, code, message: 'no' }] });
        }
      }),
    );
  }

  #bodyOf(question: Question): unknown {
    if (question.kind === 'memberships') {
      const mine = [...this.channels.values()].filter(({ members }) => members.has(question.userId));
      const rest = mine.filter(({ id }) => id > (question.after ?? '')).sort((a, b) => (a.id < b.id ? -1 : 1));
      const page = rest.slice(0, this.membershipsAtOnce);
      const channels = page.map(({ id, seq, position }) => {
        return { channelId: id, seq, position, readPosition: 0, unread: position, mentions: 0 };
      });
      return { channels, hasMore: rest.length > page.length };
    }
    if (question.kind === 'access') {
      const ended = question.bearers.flatMap(({ sid }) => {
        const reason = this.ended.get(sid);
        return reason === undefined ? [] : [{ sid, reason }];
      });
      return { ended };
    }
    if (question.kind === 'visible') {
      const shared = [...this.channels.values()].filter(({ members }) => members.has(question.userId));
      const users = question.others.filter((other) => shared.some(({ members }) => members.has(other)));
      return { users: users.map((userId) => ({ userId, lastSeenAt: this.lastSeen.get(userId) ?? null })) };
    }
    if (question.kind === 'seen') {
      for (const [userId, at] of question.users) this.lastSeen.set(userId, Math.max(at, this.lastSeen.get(userId) ?? 0));
      return {};
    }
    if (question.kind === 'identity') {
      const account = this.outside.get(question.subject);
      if (!account) throw new StormError('UNAUTHORIZED');
      return account;
    }
    const channel = this.channels.get('channelId' in question ? question.channelId : '');
    if (question.kind !== 'events' || !channel) throw new Error('not answered here');
    return channel.eventsSince(question.since, this.eventsAtOnce);
  }

  /** Tells the devices of who read, and the others of the channel. */
  async tellRead({ channelId, userId, position }: ReadMark): Promise<void> {
    await this.tell(userId, { kind: 'read', channelId, position, readAt: 1 });
    const payload = { channelId, userId, position, readAt: 1 };
    const envelope = this.sealEvent(channelId, 0, 0, JSON.stringify({ event: 'receipt.read', payload }));
    await this.redis.publish(this.options.names.events(channelId), packEvents([{ from: 0, seq: 0, envelope }]));
  }

  async #commit({ header, replyTo, entries, reads }: ChangeJob): Promise<void> {
    const context = await this.#opener.context(header);
    const marks = reads && context.open(Buffer.from(reads, 'base64'), aadOf(...readsAad(replyTo)));
    for (const mark of marks ? ReadMarks.parse(JSON.parse(marks.toString())) : []) {
      this.reads.push(mark);
      if (this.channels.get(mark.channelId)?.members.has(mark.userId)) await this.tellRead(mark);
    }
    const verdicts: IntakeVerdict[] = [];
    for (const entry of entries) {
      const { channelId, senderId, changeId, intakeId, box } = entry;
      const { body } = SealedPart.parse(
        JSON.parse(context.open(Buffer.from(box, 'base64'), aadOf(...changeAad(entry, replyTo))).toString()),
      );
      this.taken.push(body);
      const about = { intakeId, channelId, changeId, id: messageIdOf(channelId, senderId, changeId) };
      const channel = this.channels.get(channelId);
      const stored = channel?.messages.find((message) => message.id === about.id);
      if (!channel?.members.has(senderId))
        verdicts.push({ ...about, status: 'failed', code: 'FORBIDDEN', message: 'not a member' });
      else if (stored) verdicts.push({ ...about, status: 'duplicate', seq: stored.seq, position: stored.position });
      else {
        const target = body.kind === 'delete' ? channel.messages.find(({ id }) => id === body.id) : undefined;
        const row = target
          ? channel.delete(target.position)
          : channel.say(senderId, body.kind === 'message' ? body.text : '', changeId);
        await this.spread(channel, [row]);
        verdicts.push({
          ...about,
          id: target?.id ?? about.id,
          status: 'persisted',
          seq: row.seq,
          position: target?.position ?? channel.position,
        });
      }
    }
    await this.#reply(context, replyTo, { verdicts });
  }

  async #reply(context: OpenContext, replyTo: string, reply: Reply): Promise<void> {
    const box = context.sealReply(Buffer.from(JSON.stringify(reply)), aadOf(...replyAad(context.id, replyTo))).toString('base64');
    await this.redis.publish(this.options.names.reply(replyTo), JSON.stringify({ v: 1, context: context.id, box }));
  }
}
