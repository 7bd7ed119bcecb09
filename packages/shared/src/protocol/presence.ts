import { z } from 'zod';
import { UserId } from './ids.js';
import { Millis } from './scalars.js';

/** What a user says of itself. Others see an invisible one as offline. */
export const presenceStatuses = ['online', 'away', 'dnd', 'invisible'] as const;
export const PresenceStatus = z.enum(presenceStatuses);
export type PresenceStatus = z.infer<typeof PresenceStatus>;

/** What others see of a user who is online. */
export const OnlineStatus = PresenceStatus.exclude(['invisible']);
export type OnlineStatus = z.infer<typeof OnlineStatus>;

/** What is seen of a user; `invisible` by its own devices alone. */
export const SeenStatus = z.enum([...presenceStatuses, 'offline']);
export type SeenStatus = z.infer<typeof SeenStatus>;

/** A user as somebody sees it. `lastSeenAt`: until when it was seen online; null while it is, and where it is not known, or not to be. */
export const Presence = z.strictObject({ userId: UserId, status: SeenStatus, lastSeenAt: Millis.nullable() });
export type Presence = z.infer<typeof Presence>;
