import type { Asker, Logger } from '@storm/shared/node';
import type { ChannelId } from '@storm/shared/protocol';
import type { Hub } from '../hub/hub.js';

export interface SyncOptions {
  hub: Hub;
  asker: Asker;
  log: Logger;
  epoch: () => string;
  now: () => number;
}

/** One channel to bring up to date. */
export interface Wanted {
  epoch: string;
  channelId: ChannelId;
  since: number;
  requestId: string | undefined;
}
