import type { ChannelId, CloseCode } from '@storm/shared/protocol';

/** Who gets a channel's events: a connection, as the hub sees it. */
export interface Recipient {
  /** Undefined until it has said who it is. */
  readonly userId: string | undefined;
  /** Queues a whole frame; never throws, and does nothing once closed. */
  push(frame: Buffer): void;
  /** The same with a frame that may be dropped: it is when much waits. */
  pushEphemeral(frame: Buffer): void;
  /** Brings it what a channel that it is attached to had after `seq`, as if it had asked by `sync`; live events wait until then. */
  catchUp(channelId: ChannelId, seq: number): void;
  close(code: CloseCode, reason: string): void;
}
