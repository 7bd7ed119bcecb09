import type { UserEvent } from '@storm/shared/contracts';
import type { ReadPosition } from '@storm/store';

/** What the devices of those who read are told. */
export const ownReads = (reads: readonly ReadPosition[], at: Date): { userId: string; event: UserEvent }[] =>
  reads.map(({ userId, channelId, position }) => {
    return { userId, event: { kind: 'read', channelId, position, readAt: at.getTime() } };
  });

/** What the other members of a channel are told. */
export const receipts = (reads: readonly ReadPosition[], at: Date) =>
  reads.map(({ userId, channelId, position }) => {
    const payload = { channelId, userId, position, readAt: at.getTime() };
    return { channelId, frame: { event: 'receipt.read' as const, payload } };
  });
