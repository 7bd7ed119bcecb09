import type { RedisNames } from '@storm/shared/contracts';
import {
  StormError,
  unavailable,
  type EventSealer,
  type Intake,
  type KeyRing,
  type Logger,
  type Outsiders,
  type RateLimits,
  type Redis,
  type TokenOptions,
} from '@storm/shared/node';
import type { ClientEvent, ClientPayload } from '@storm/shared/protocol';
import type { Access } from '../access/access.js';
import type { Connection, Identity } from '../connection/connection.js';
import type { TokenBucket } from '../limits/token-bucket.js';
import type { Attendance } from '../presence/attendance.js';
import type { Watches } from '../presence/watches.js';
import type { Syncs } from '../sync/syncs.js';

/** What the handlers of frames work with. */
export interface FrameContext {
  intake: Intake;
  redis: Redis;
  names: RedisNames;
  tokens: TokenOptions;
  outsiders: Outsiders | undefined;
  /** Tickets are made under them. */
  intakeSecrets: KeyRing;
  access: Access;
  /** For what gateways tell each other. */
  sealer: EventSealer;
  /** How much of typing this gateway tells the others. */
  typing: TokenBucket;
  attendance: Attendance;
  watches: Watches;
  syncs: Syncs;
  limits: RateLimits;
  log: Logger;
  now: () => number;
  /** Makes somebody of a connection, or closes it when that may not be. Settles when its token was looked at once. */
  identify: (connection: Connection, claims: Identity['claims'], requestId: string | undefined) => Promise<void>;
}

/** A frame of a known event, its payload parsed. */
export interface Frame<E extends ClientEvent> {
  connection: Connection;
  payload: ClientPayload<E>;
  requestId: string | undefined;
  context: FrameContext;
}

/** Handles a frame. A promise holds back the connection's later frames until it settles; what it throws becomes `error`. */
export type FrameHandler<E extends ClientEvent> = (frame: Frame<E>) => Promise<void> | void;

/** Who sent a frame; only `authenticate` comes without. */
export function identityOf(connection: Connection): Identity {
  if (!connection.identity) throw new StormError('UNAUTHORIZED');
  return connection.identity;
}

/** Throws UNAVAILABLE while it is not known whether the connection's token still holds. */
export function requireAccess(connection: Connection, access: Access): void {
  if (!access.isCurrent(connection)) throw unavailable('whether your session still holds is not known yet');
}
