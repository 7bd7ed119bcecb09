import type { ChannelCursor, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import type { Recipient } from './recipient.js';

/** A connection that knows who it is, as the roster sees it. */
export interface Member extends Recipient {
  readonly closed: boolean;
  /** Has it been told `connection.ready`? */
  readonly isReady: boolean;
  send<E extends ServerEvent>(event: E, payload: ServerPayload<E>): void;
  /** Sends `connection.ready`. */
  ready(channels: ChannelCursor[], degraded: boolean): void;
}
