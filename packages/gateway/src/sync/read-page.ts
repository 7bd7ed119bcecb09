import type { SealedEvent } from '@storm/shared/contracts';
import type { Asker } from '@storm/shared/node';
import type { Channel, OpenEvent } from '../hub/channel.js';
import type { Hub } from '../hub/hub.js';
import { readMissed } from '../hub/missed.js';
import { orderOf } from '../hub/ordering.js';
import { pageOf, type Page } from './page.js';

interface Options {
  hub: Hub;
  asker: Asker;
}

const pageBytes = 64 * 1024;
const entriesPerPage = 64;

/** The events of a channel after `since`: from the recent log where it reaches that far, else from the worker. */
export async function readPage(channel: Channel, since: number, { hub, asker }: Options): Promise<Page | undefined> {
  const events = continuation(channel, since, await hub.recentLog(channel.id, { after: since, count: entriesPerPage }));
  return pageOf(events.length > 0 ? events : await readMissed(channel.id, since, asker));
}

/** The events that follow `since` without a hole, up to what is delivered live, and as many as fit a page. */
function continuation(channel: Channel, since: number, entries: readonly SealedEvent[]): OpenEvent[] {
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
