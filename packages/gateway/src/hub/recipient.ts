import type { CloseCode } from '@storm/shared/protocol';

/** Who gets a channel's events: a connection, as the hub sees it. */
export interface Recipient {
  /** Undefined until it has said who it is. */
  readonly userId: string | undefined;
  /** Queues a whole frame; never throws, and does nothing once closed. */
  push(frame: Buffer): void;
  /** The same with a frame that may be dropped: it is when much waits. */
  pushEphemeral(frame: Buffer): void;
  close(code: CloseCode, reason: string): void;
}
