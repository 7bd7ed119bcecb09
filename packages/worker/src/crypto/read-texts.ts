import type { Store, TimelineRow } from '@storm/store';
import type { ChannelKeys } from './channel-keys.js';
import { hasText, readText, type TextRow } from './text.js';

interface Options {
  store: Pick<Store, 'channels'>;
  keys: ChannelKeys;
}

/** The texts of rows of one channel, each as `readText` gives it. What was erased is not read, though its keys may be cached. */
export async function readTexts(
  channelId: string,
  rows: readonly TimelineRow[],
  { store, keys }: Options,
): Promise<Map<TextRow, string | null | undefined>> {
  const withText = rows.filter(hasText);
  if (withText.length === 0) return new Map();
  if ((await store.channels.read([channelId])).get(channelId)?.erasedAt) return new Map();
  return new Map(await Promise.all(withText.map(async (row) => [row, await readText(row, keys)] as const)));
}
