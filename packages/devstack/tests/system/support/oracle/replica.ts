import type { ChannelState, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import { Channel, serverPayloads } from '@storm/shared/protocol';
import { Refused, type Rest } from '../../../../src/clients/rest.js';
import { HeldChannel, type Ordered } from './held-channel.js';
import { patiently } from './settle.js';
import { loadMembers, loadPages, type ChannelView } from './view.js';

type Frame = { [E in ServerEvent]: { event: E; payload: ServerPayload<E> } }[ServerEvent];
type Cursor = ServerPayload<'connection.ready'>['channels'][number];

/** A channel, and how this connection stands with it. */
interface Followed {
  held: HeldChannel;
  /** The last change that the connection told of, or began after. */
  line: number;
  /** Until its `sync.done` only the pages count. */
  syncing: boolean;
  /** What arrives while the channel is read over REST, to be applied after. */
  waiting: (() => void)[];
  loads: number;
  loading: Promise<void>;
}

export interface ReplicaOptions {
  me: string;
  rest: Rest;
  send: (event: 'sync', payload: { epoch: string; channels: Record<string, number> }) => void;
}

/** All channels of a user as one device has them: read over REST when they are new, kept right by frames and by `sync`. */
export class Replica {
  /** What a gateway should never do. */
  readonly violations: string[] = [];
  readonly counts = { syncs: 0, pages: 0, reloads: 0, gaps: 0 };
  readonly #channels = new Map<string, Followed>();
  #epoch = '';

  constructor(private readonly options: ReplicaOptions) {}

  /** Is nothing under way? */
  get settled(): boolean {
    return [...this.#channels.values()].every(({ syncing, loads }) => !syncing && loads === 0);
  }

  channel(id: string): HeldChannel | undefined {
    return this.#channels.get(id)?.held;
  }

  get seqs(): Record<string, number> {
    return Object.fromEntries([...this.#channels].map(([id, { held }]) => [id, held.at]));
  }

  views(): Map<string, ChannelView> {
    return new Map([...this.#channels].map(([id, { held }]) => [id, held.view()]));
  }

  /** The connection ended: what it was about to tell is asked for by the next. */
  interrupt(): void {
    for (const followed of this.#channels.values()) followed.syncing = false;
  }

  receive(frame: Frame): void {
    switch (frame.event) {
      case 'connection.ready':
        return this.#arrive(frame.payload);
      case 'channels.more':
        return this.#meet(frame.payload.channels);
      case 'channel.joined':
        return this.#join(frame.payload);
      case 'channel.left':
        this.#channels.delete(frame.payload.channelId);
        return;
      case 'receipt.read': {
        const { userId, channelId, position } = frame.payload;
        if (userId === this.options.me) this.#channels.get(channelId)?.held.read(position);
        return;
      }
      case 'sync.changes':
        return this.#page(frame.payload);
      case 'sync.done':
        return this.#done(frame.payload);
      case 'message.new':
      case 'message.updated':
      case 'message.reactions':
      case 'message.deleted':
      case 'channel.changed':
        return this.#live(frame);
      default:
        return; // is of no channel, or of nothing that lasts
    }
  }

  #arrive({ epoch, degraded, channels }: ServerPayload<'connection.ready'>): void {
    this.#epoch = epoch;
    const mine = new Set<string>(channels.map(({ channelId }) => channelId));
    if (!degraded) for (const id of this.#channels.keys()) if (!mine.has(id)) this.#channels.delete(id);
    this.#meet(channels);
  }

  #meet(cursors: readonly Cursor[]): void {
    const behind: Record<string, number> = {};
    for (const { channelId, seq, readPosition } of cursors) {
      const followed = this.#channels.get(channelId);
      if (!followed) {
        void this.#load(this.#follow(channelId, seq), true);
        continue;
      }
      followed.line = seq;
      followed.held.read(readPosition);
      if (!followed.held.loaded && followed.loads === 0) void this.#load(followed, true);
      if (followed.held.at < seq) behind[channelId] = followed.held.at;
    }
    this.#sync(behind);
  }

  #join({ seq, readPosition = 0, ...settings }: ChannelState): void {
    const followed = this.#follow(settings.id, seq);
    followed.held.settle(settingsOf(settings));
    followed.held.read(readPosition);
    void this.#load(followed, false);
  }

  #follow(channelId: string, seq: number): Followed {
    const held = new HeldChannel(channelId, this.options.me, seq);
    const followed = { held, line: seq, syncing: false, waiting: [], loads: 0, loading: Promise.resolve() };
    this.#channels.set(channelId, followed);
    return followed;
  }

  #sync(channels: Record<string, number>): void {
    for (const id of Object.keys(channels)) {
      const followed = this.#channels.get(id);
      if (!followed) continue;
      followed.syncing = true;
      this.counts.syncs += 1;
    }
    if (Object.keys(channels).length > 0) this.options.send('sync', { epoch: this.#epoch, channels });
  }

  #live(frame: Ordered): void {
    const { channelId, seq } = frame.payload;
    const from = 'from' in frame.payload ? frame.payload.from : seq;
    const followed = this.#channels.get(channelId);
    if (!followed) return void this.violations.push(`${frame.event} ${seq} of ${channelId}, which is not ours`);
    if (followed.syncing) return;
    if (from > followed.line + 1 || seq <= followed.line) {
      this.violations.push(`${frame.event} ${from}-${seq} of ${channelId} after ${followed.line}`);
    }
    followed.line = seq;
    const { held } = followed;
    if (seq <= held.at) return; // another gateway told it before
    if (from > held.at + 1) {
      this.counts.gaps += 1;
      return this.#sync({ [channelId]: held.at });
    }
    held.at = seq;
    this.#then(followed, () => held.apply(frame));
  }

  #page({ channelId, from, to, events }: ServerPayload<'sync.changes'>): void {
    const followed = this.#channels.get(channelId);
    if (!followed) return;
    const { held } = followed;
    if (from > held.at) this.violations.push(`a page of ${channelId} from ${from} after ${held.at}`);
    for (const event of events) {
      const frame = parsed(event);
      if (frame.payload.seq > held.at) this.#then(followed, () => held.apply(frame));
    }
    held.at = Math.max(held.at, to);
    this.counts.pages += 1;
  }

  /** Of a sync that was asked for, or of what came after `channel.joined`. */
  #done({ channelId, to, complete }: ServerPayload<'sync.done'>): void {
    const followed = this.#channels.get(channelId);
    if (!followed) return;
    if (to === 0 && !complete) return void this.#channels.delete(channelId); // no member any more
    if (!complete) this.counts.reloads += 1;
    Object.assign(followed, { syncing: false, line: to });
    followed.held.at = to;
    if (!complete) void this.#load(followed, true);
  }

  /** At once, or after what is being read. */
  #then(followed: Followed, apply: () => void): void {
    if (followed.loads > 0) followed.waiting.push(apply);
    else apply();
  }

  /** Reads a channel over REST, one time after the other: each is at least as new as what was told before it began. */
  #load(followed: Followed, withSettings: boolean): Promise<void> {
    followed.loads += 1;
    return (followed.loading = followed.loading.then(async () => {
      try {
        await patiently(() => this.#read(followed.held, withSettings));
      } catch (error) {
        // Who was removed meanwhile is told so; who was added again after that reads it then.
        const isGone = error instanceof Refused && error.status === 404;
        if (!isGone) this.violations.push(`${followed.held.id} could not be read: ${(error as Error).message}`);
      } finally {
        followed.loads -= 1;
        if (followed.loads === 0) for (const apply of followed.waiting.splice(0)) apply();
      }
    }));
  }

  async #read(held: HeldChannel, withSettings: boolean): Promise<void> {
    const { rest } = this.options;
    const [channel, members, pages] = await Promise.all([
      withSettings ? rest.call(Channel, 'GET', `/channels/${held.id}`) : undefined,
      loadMembers(rest, held.id),
      loadPages(rest, held.id),
    ]);
    if (!channel) return held.take({ members, pages });
    const { readPosition = 0, createdAt, ...settings } = channel.data;
    held.take({ settings: settingsOf({ ...settings, createdAt: Date.parse(createdAt) }), readPosition, members, pages });
  }
}

/** What of a channel's state only changes of its settings and members change. */
function settingsOf({ id, type, name, description, createdBy, isArchived, memberCount, createdAt }: Omit<ChannelState, 'seq'>) {
  return { id, type, name, description, createdBy, isArchived, memberCount, createdAt };
}

/** A live frame within a page. */
function parsed({ event, payload }: { event: string; payload: unknown }): Ordered {
  return { event, payload: serverPayloads[event as Ordered['event']].parse(payload) } as Ordered;
}
