import type { ChangeBody, ChangeKind } from '@storm/shared/contracts';
import type { Draft } from './channel-state.js';
import type { Facts } from './facts.js';
import type { NamedMessages } from './named-messages.js';

/** What a change is decided in. */
export interface Situation {
  channel: Draft;
  facts: Facts;
  named: NamedMessages;
  now: Date;
  /** How long a message may be edited, in milliseconds. */
  editWindowMs: number;
}

export type BodyOf<K extends ChangeKind> = ChangeBody & { kind: K };
