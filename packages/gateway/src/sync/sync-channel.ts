import { backoff } from '@storm/shared/node';
import { limits } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../connection/connection.js';
import type { Channel, OpenEvent } from '../hub/channel.js';
import { orderOf } from '../hub/ordering.js';
import type { Semaphore } from '../limits/semaphore.js';
import { eventsPage, statesPage } from './page.js';
import type { SyncOptions, Wanted } from './wanted.js';

interface Options extends SyncOptions {
  slots: Semaphore;
  /** Was the channel named again meanwhile? Then its live events go on waiting. */
  isWantedAnew: () => boolean;
}

interface Page {
  to: number;
  frame: Buffer;
}

const pageBytes = 64 * 1024;
const entriesPerPage = 64;
/** How long a sync may wait for a worker, or for events that are on their way. */
const patienceMs = 10_000;

/**
 * Brings one channel of a client from `since` to where live events go on: pages, each when the client has taken what was
 * before, then `sync.done` and in the same turn live events again, so that nothing is missed, doubled or out of order. What can't be covered (another epoch, a position we never gave out, too much) ends `complete: false`: reload, and go on from `to`.
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
  const { since, epoch } = wanted;
  const { now, hub } = options;
  if (epoch !== options.epoch()) return false;
  if (since > channel.delivered && !(await arrives(channel, since, options))) return false;
  const follows = () => !connection.closed && !channel.closed && channel.suspended.has(connection);
  let deadline = now() + patienceMs;
  let bytes = 0;
  let at = since;
  for (let attempt = 0; at < channel.delivered;) {
    if (channel.delivered - since > limits.syncChanges || bytes > limits.answerBytes) return false;
    await connection.outbox.whenBelow(pageBytes);
    if (!follows()) return false;
    if (hub.paused) {
      await delay(50, undefined, { ref: false }); // nothing is delivered until memberships are known again
      deadline = now() + patienceMs;
      continue;
    }
    const page = await options.slots.run(() => readPage(connection, channel, { ...wanted, since: at }, options));
    if (!follows()) return false;
    if (hub.paused) continue;
    if (page && page.to > at && (page.to <= channel.delivered || (await arrives(channel, page.to, options)))) {
      if (!follows()) return false;
      connection.push(page.frame);
      bytes += page.frame.length;
      at = page.to;
      attempt = 0;
      deadline = now() + patienceMs;
    } else if (now() > deadline) return false;
    else await delay(backoff(attempt++, { base: 50, cap: 1_000 }), undefined, { ref: false });
  }
  return true;
}

/** The next page: live frames where the recent log reaches that far, else current states from the worker; undefined when neither has it. */
async function readPage(connection: Connection, channel: Channel, wanted: Wanted, options: Options): Promise<Page | undefined> {
  const { hub, asker, log } = options;
  const { channelId, since, requestId } = wanted;
  const range = { channelId, from: since };
  try {
    const events = continuation(channel, since, await hub.recentLog(channelId, { after: since, count: entriesPerPage }));
    const to = events.at(-1)?.seq;
    if (to !== undefined) return { to, frame: eventsPage({ ...range, to, head: channel.delivered }, events, requestId) };
    const userId = connection.identity?.claims.sub;
    const answer = await asker.ask({ kind: 'changes', channelId, since, ...(userId === undefined ? {} : { userId }) });
    return { to: answer.to, frame: statesPage({ ...range, to: answer.to, head: answer.head.seq }, answer, requestId) };
  } catch (error) {
    log.debug({ err: error, channelId }, 'no page');
    return undefined;
  }
}

/** The events that follow `since` without a hole, up to what is delivered live, and as many as fit a page. */
function continuation(channel: Channel, since: number, entries: Parameters<Channel['open']>[0][]): OpenEvent[] {
  const events: OpenEvent[] = [];
  let at = since;
  let bytes = 0;
  for (const entry of entries) {
    if (orderOf(at, entry) !== 'next' || entry.seq > channel.delivered) break;
    const event = channel.open(entry);
    if (!event) break;
    bytes += event.text.length;
    if (bytes > pageBytes && events.length > 0) break;
    events.push(event);
    at = event.seq;
  }
  return events;
}

/** Waits until the channel is at `seq`, if anything says that it will be. */
async function arrives(channel: Channel, seq: number, { hub, now }: SyncOptions): Promise<boolean> {
  const head = await hub.headOf(channel.id).catch(() => undefined);
  if (seq > channel.delivered && (head?.seq ?? 0) < seq) return false;
  hub.catchUp(channel.id, seq);
  for (const deadline = now() + patienceMs; channel.delivered < seq;) {
    if (channel.closed || now() > deadline) return false;
    await delay(10, undefined, { ref: false });
  }
  return true;
}
