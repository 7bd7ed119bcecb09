import { backoff } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection/connection.js';
import type { Channel } from '../hub/channel.js';
import { pageFrame, type Page } from './page.js';
import type { Pages } from './pages.js';
import type { SyncOptions, Wanted } from './wanted.js';

interface Options extends SyncOptions {
  pages: Pages<Channel>;
  /** Was the channel named again meanwhile? Then its live events go on waiting. */
  isWantedAnew: () => boolean;
}

/** A page is read when the client has no more than this before it. */
const unreadBytes = 64 * 1024;
/** How long a sync may wait for a worker, or for events that are on their way. */
const patienceMs = 10_000;

/**
 * Brings one channel of a client from `since` to where live events go on: pages, each when the client has taken what was
 * before, then `sync.done` and in the same turn live events again, so that nothing is missed, doubled or out of order. What
 * can't be covered (another epoch, a position we never gave out, too much) ends `complete: false`: reload, and go on from `to`.
 */
export async function syncChannel(connection: Connection, wanted: Wanted, options: Options): Promise<void> {
  const { channelId, since, requestId } = wanted;
  const channel = options.hub.channels.get(channelId);
  if (!channel?.suspend(connection)) {
    return connection.send('sync.done', { channelId, to: 0, complete: false }, requestId);
  }
  let complete = false;
  try {
    complete = await catchUp(connection, channel, wanted, options);
  } finally {
    const to = channel.suspended.has(connection) ? channel.delivered : since;
    if (!isLetInAnew(connection, channel, options)) connection.send('sync.done', { channelId, to, complete }, requestId);
    if (!options.isWantedAnew()) channel.resume(connection);
  }
}

/** Did its user leave meanwhile, and come back? It was told where it begins now: of before there is nothing more to say. */
function isLetInAnew(connection: Connection, channel: Channel, { hub }: Options): boolean {
  const current = hub.channels.get(channel.id);
  if (current === channel) return channel.live.has(connection);
  return current !== undefined && (current.live.has(connection) || current.suspended.has(connection));
}

/** Returns true, with no turn between, when the client has everything up to `channel.delivered`. */
async function catchUp(connection: Connection, channel: Channel, wanted: Wanted, options: Options): Promise<boolean> {
  const { channelId, since, epoch, requestId } = wanted;
  const { now, hub } = options;
  if (epoch !== options.epoch()) return false;
  const follows = () => !connection.closed && !channel.closed && channel.suspended.has(connection);
  if (since > channel.delivered && !(await arrives(channel, since, { ...options, follows }))) return false;
  let deadline = now() + patienceMs;
  let bytes = 0;
  let at = since;
  for (let attempt = 0; at < channel.delivered;) {
    if (channel.delivered - since > limits.syncChanges || bytes > limits.answerBytes) return false;
    await connection.outbox.whenBelow(unreadBytes);
    if (!follows()) return false;
    if (hub.paused) {
      await delay(50, undefined, { ref: false }); // nothing is delivered until memberships are known again
      deadline = now() + patienceMs;
      continue;
    }
    const page = await nextPage(channel, at, options);
    if (!follows()) return false;
    if (hub.paused) continue;
    if (page && page.to > at && (page.to <= channel.delivered || (await arrives(channel, page.to, { ...options, follows })))) {
      if (!follows()) return false;
      const range = { channelId, from: at, to: page.to, head: channel.delivered };
      connection.push(pageFrame(range, page, requestId));
      bytes += page.events.length;
      at = page.to;
      attempt = 0;
      deadline = now() + patienceMs;
    } else if (now() > deadline) return false;
    else await delay(backoff(attempt++, { base: 50, cap: 1_000 }), undefined, { ref: false });
  }
  return true;
}

/** The next page; undefined when neither the recent log nor the worker has it. */
async function nextPage(channel: Channel, since: number, { pages, epoch, log }: Options): Promise<Page | undefined> {
  try {
    return await pages.get({ epoch: epoch(), channelId: channel.id, since }, channel);
  } catch (error) {
    log.debug({ err: error, channelId: channel.id }, 'no page');
    return undefined;
  }
}

/** Waits until the channel is at `seq`. False when Redis says that it is not as far, and when it takes too long. */
async function arrives(
  channel: Channel,
  seq: number,
  { hub, now, follows }: SyncOptions & { follows: () => boolean },
): Promise<boolean> {
  let isPromised = false;
  for (let deadline = now() + patienceMs; channel.delivered < seq;) {
    if (!follows() || now() > deadline) return false;
    if (hub.paused) deadline = now() + patienceMs;
    if (!isPromised) {
      const head = await hub.headOf(channel.id).catch(() => null); // null: Redis is away, and what it knows is waited for
      if (head !== null) {
        if ((head?.seq ?? 0) < seq) return channel.delivered >= seq;
        isPromised = true;
        hub.catchUp(channel.id, seq);
      }
    }
    await delay(isPromised ? 10 : 100, undefined, { ref: false });
  }
  return true;
}
