import type { Change } from '@storm/shared/contracts';

/** A change out of its job: opened, parsed and held against the schema again. */
export interface OpenedChange extends Change {
  /** Its place in the job: entries of one job are decided in this order. */
  index: number;
  intakeId: string;
  /** The body as text, the same for the same body: what digests are made over. */
  canonical: string;
}

/** Scopes the client's UUID to channel and sender. */
export const keyOf = ({ channelId, senderId, changeId }: Pick<Change, 'channelId' | 'senderId' | 'changeId'>): string =>
  `${channelId} ${senderId} ${changeId}`;

/**
 * A body as text with its fields in a fixed order. The client's clock is left out: a client that resends may well read
 * it again, and that is no other message.
 */
export function canonicalBody(body: Change['body']): string {
  const fields = Object.entries(body).filter(([name, value]) => name !== 'clientTs' && value !== undefined);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Under which a change reserves a name: see `NameDocument`. */
export const claimOf = ({ senderId, changeId }: Pick<Change, 'senderId' | 'changeId'>): string => `${senderId} ${changeId}`;
