import { ControlEvent } from '../../contracts/index.js';
import type { KeyRing } from '../crypto/index.js';
import { authentic, authenticText } from './authentic.js';

const purpose = 'storm control event v1';

/** A control event as published on its user's channel. */
export const packControl = (event: ControlEvent, ring: KeyRing): string =>
  authenticText(event, { ring, purpose, bound: [event.userId] });

/** The event in a message on the channel of `userId`. Throws for anything that `packControl` did not make with a key of the ring. */
export const openControl = (message: Uint8Array, userId: string, ring: KeyRing): ControlEvent =>
  ControlEvent.parse(authentic(Buffer.from(message).toString(), { ring, purpose, bound: [userId] }));
