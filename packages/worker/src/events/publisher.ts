import { eventAad, packEvents, userEventAad, type RedisNames, type UserEvent } from '@storm/shared/contracts';
import { aadOf, type EventSealer, type Redis } from '@storm/shared/node';
import { together } from '../queue/together.js';
import type { End } from '../changes/channel-state.js';
import type { Event } from './frames.js';
import { publishScript } from './publish-script.js';

/** How far a channel is, and what of it is to be published: ascending, without a hole. */
export interface Publication {
  channelId: string;
  seq: number;
  position: number;
  events: readonly Event[];
}

interface Options {
  redis: Redis;
  names: RedisNames;
  sealer: EventSealer;
  epoch: string;
  /** Events of `(after, upTo]`, for a log that another worker left behind. At most `limit` rows from `after` on. */
  eventsBetween: (channelId: string, after: number, upTo: number) => Promise<Event[]>;
  sharded?: boolean;
}

const logEntries = 256;
const logIdleMs = 5 * 60_000;
const headMs = 7 * 24 * 60 * 60_000;

interface Scripts {
  stormPublish(keys: number, ...args: (string | number | Buffer)[]): unknown;
}

/** Brings recent logs and heads up to date and publishes what is new. Doing it again changes nothing. */
export class Publisher {
  constructor(private readonly options: Options) {
    options.redis.defineCommand('stormPublish', { lua: publishScript });
  }

  /** One round trip for all channels, unless a log has to be caught up first. Throws what Redis throws. */
  async publish(publications: readonly Publication[]): Promise<void> {
    if (publications.length === 0) return;
    const replies = await together(this.options.redis, publications, (redis, publication) =>
      (redis as unknown as Scripts).stormPublish(2, ...this.#arguments(publication)),
    );
    for (const [i, last] of replies.entries()) {
      const publication = publications[i];
      if (publication && typeof last === 'number' && last >= 0) await this.#catchUp(publication, last);
    }
  }

  /** How far channels are published, as Redis has it: a hint, and 0 where it has none. */
  async heads(channelIds: readonly string[]): Promise<Map<string, End>> {
    const { redis, names, epoch } = this.options;
    const replies = await together(redis, channelIds, (to, channelId) =>
      to.hmget(names.head(channelId, epoch), 'seq', 'position'),
    );
    return new Map(
      channelIds.map((channelId, i) => {
        const [seq, position] = (replies[i] ?? []) as (string | null)[];
        return [channelId, { seq: Number(seq ?? 0), position: Number(position ?? 0) }];
      }),
    );
  }

  /** Tells the gateways of a user what concerns its own connections. */
  async tellUsers(events: readonly { userId: string; event: UserEvent }[]): Promise<void> {
    if (events.length === 0) return;
    const { redis, names, sealer } = this.options;
    await together(redis, events, (to, { userId, event }) =>
      to.publish(names.user(userId), sealer.seal(Buffer.from(JSON.stringify(event)), aadOf(...userEventAad(userId)))),
    );
  }

  /** Tells the members of channels what is no change: at most once, in no log. */
  async signal(signals: readonly { channelId: string; frame: unknown }[]): Promise<void> {
    const { redis, names, sealer, sharded } = this.options;
    await together(redis, signals, (to, { channelId, frame }) => {
      const envelope = sealer.seal(Buffer.from(JSON.stringify(frame)), aadOf(...eventAad(channelId, 0, 0)));
      return to[sharded ? 'spublish' : 'publish'](names.events(channelId), packEvents([{ from: 0, seq: 0, envelope }]));
    });
  }

  /** What lies between the log's end and the publication was written by a worker that died before publishing it. */
  async #catchUp(publication: Publication, last: number): Promise<void> {
    const first = publication.events.find(({ seq }) => seq > last)?.from ?? publication.seq + 1;
    for (let after = last; after < first - 1;) {
      const events = await this.options.eventsBetween(publication.channelId, after, first - 1);
      const end = events.at(-1);
      if (!end) throw new Error('rows are missing between the log and the head');
      await this.publish([{ ...publication, seq: 0, events }]); // the head moves with the last step only
      after = end.seq;
    }
    await this.publish([publication]);
  }

  #arguments({ channelId, seq, position, events }: Publication): (string | number | Buffer)[] {
    const { names, sealer, epoch, sharded } = this.options;
    const args: (string | number | Buffer)[] = [
      names.log(channelId, epoch),
      names.head(channelId, epoch),
      names.events(channelId),
    ];
    args.push(sharded ? 'SPUBLISH' : 'PUBLISH', logEntries, logIdleMs, headMs, seq, position);
    for (const { from, seq: to, frame } of events) {
      const envelope = sealer.seal(Buffer.from(JSON.stringify(frame)), aadOf(...eventAad(channelId, from, to)));
      args.push(from, to, packEvents([{ from, seq: to, envelope }]));
    }
    return args;
  }
}
