import type { Store } from '@storm/store';
import type { ChannelKeys } from '../crypto/channel-keys.js';
import type { ChannelHeads } from './channel-heads.js';

/** What answering works with. */
export interface QuestionContext {
  store: Store;
  keys: ChannelKeys;
  heads: ChannelHeads;
}
