import type { Asker, Logger } from '@storm/shared/node';
import type { ChannelCursor } from '@storm/shared/protocol';
import { channelsPerUser } from './local-user.js';

/** Asks the worker which channels a user is in, page by page. Rejects with `UNAVAILABLE` when nobody answers. */
export async function askMemberships(userId: string, { asker, log }: { asker: Asker; log: Logger }): Promise<ChannelCursor[]> {
  const cursors: ChannelCursor[] = [];
  for (;;) {
    const after = cursors.at(-1)?.channelId;
    const page = await asker.ask({ kind: 'memberships', userId, ...(after === undefined ? {} : { after }) });
    cursors.push(...page.channels);
    if (!page.hasMore || page.channels.length === 0) return cursors;
    if (cursors.length >= channelsPerUser) {
      log.warn({ userId }, 'a user has more channels than are followed live');
      return cursors.slice(0, channelsPerUser);
    }
  }
}
