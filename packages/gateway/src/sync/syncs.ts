import type { ChannelId, ClientPayload } from '@storm/shared/protocol';
import { StormError } from '@storm/shared/node';
import type { Connection } from '../connection/connection.js';
import type { Channel } from '../hub/channel.js';
import { Pages } from './pages.js';
import { readPage } from './read-page.js';
import { syncChannel } from './sync-channel.js';
import type { SyncOptions, Wanted } from './wanted.js';

/** Channels that one connection may have waiting for their sync. */
const waitingMax = 200;

/** Brings clients up to date, one channel of a connection after the other. */
export class Syncs {
  readonly #queues = new WeakMap<Connection, Map<ChannelId, Wanted>>();
  readonly #pages: Pages<Channel>;

  constructor(private readonly options: SyncOptions) {
    this.#pages = new Pages({ read: ({ since }, channel) => readPage(channel, since, options) });
  }

  /**
   * Begins; from now on live events of these channels wait for the connection until their `sync.done`. A channel named again
   * before it is done is done anew. Throws RATE_LIMIT_EXCEEDED with too many waiting.
   */
  request(connection: Connection, { epoch, channels }: ClientPayload<'sync'>, requestId: string | undefined): void {
    const running = this.#queues.get(connection);
    const queue = running ?? new Map<ChannelId, Wanted>();
    const names = Object.keys(channels);
    if (queue.size + names.length > waitingMax) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: 1_000 });
    for (const channelId of names) {
      this.options.hub.channels.get(channelId)?.suspend(connection);
      queue.set(channelId, { epoch, channelId, since: channels[channelId] ?? 0, requestId });
    }
    if (running) return;
    this.#queues.set(connection, queue);
    void this.#run(connection, queue);
  }

  async #run(connection: Connection, queue: Map<ChannelId, Wanted>): Promise<void> {
    const { options } = this;
    await connection.joining; // with no worker there, a client's channels are not known yet
    for (let next = first(queue); next && !connection.closed; next = first(queue)) {
      const wanted = next;
      queue.delete(wanted.channelId);
      try {
        await syncChannel(connection, wanted, {
          ...options,
          pages: this.#pages,
          isWantedAnew: () => queue.has(wanted.channelId),
        });
      } catch (error) {
        options.log.error({ err: error, channelId: wanted.channelId }, 'a channel could not be synced');
      }
    }
    this.#queues.delete(connection);
  }
}

const first = (queue: Map<ChannelId, Wanted>): Wanted | undefined => queue.values().next().value;
