import type { AccessClaims, ChannelCursor, ChannelId, ServerEvent, ServerPayload } from '@storm/shared/protocol';
import type { Recipient } from './recipient.js';

/** A connection that knows who it is, as the roster sees it. */
export interface Member extends Recipient {
  readonly closed: boolean;
  /** What its token says. */
  readonly bearer: AccessClaims | undefined;
  /** The life of the link for events in which its token was last checked; undefined before it ever was: then it gets no events. */
  clearedIn: number | undefined;
  /** Has it been told `connection.ready`, and was its token checked? Until then it is joining. */
  readonly isReady: boolean;
  send<E extends ServerEvent>(event: E, payload: ServerPayload<E>): void;
  /** Resolves when little waits to be sent to it, or it is closed. */
  whenTaken(): Promise<void>;
  /** Brings it what a channel that it is attached to had after `seq`, as if it had asked by `sync`; live events wait until then. */
  catchUp(channelId: ChannelId, seq: number): void;
  /** Sends `connection.ready`. */
  ready(channels: ChannelCursor[], degraded: boolean): void;
}
