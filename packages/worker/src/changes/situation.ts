import type { ChangeBody, ChangeKind } from '@storm/shared/contracts';
import type { MessageRow } from '@storm/store';
import type { Draft } from './channel-state.js';
import type { Facts } from './facts.js';

/** A message that a change names: what deciding needs of it. */
export type NamedMessage = Pick<MessageRow, 'id' | 'position' | 'senderId' | 'threadId' | 'deletedAt'>;

/** What a change is decided in. */
export interface Situation {
  channel: Draft;
  facts: Facts;
  /** A message of the channel by its id. */
  named: (id: string) => NamedMessage | undefined;
  now: Date;
}

export type BodyOf<K extends ChangeKind> = ChangeBody & { kind: K };
