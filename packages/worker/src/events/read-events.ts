import type { Store } from '@storm/store';
import type { ChannelKeys } from '../crypto/channel-keys.js';
import { readTexts } from '../crypto/read-texts.js';
import { eventsOf, type Event } from './frames.js';

interface Options {
  store: Pick<Store, 'timeline' | 'channels'>;
  keys: ChannelKeys;
}

/** The events of the changes `(after, upTo]` of a channel, made anew from their rows. */
export async function readEvents(channelId: string, after: number, upTo: number, options: Options): Promise<Event[]> {
  const rows = await options.store.timeline.rowsInRange(channelId, after, upTo);
  const texts = await readTexts(channelId, rows, options);
  return eventsOf(rows, (row) => texts.get(row));
}
