import type { Refusal } from './refuse.js';

export interface Applicant {
  path: string;
  /** As sent; browsers always do, other clients may not. */
  origin: string | undefined;
  /** Connections from the same address that have not said who they are. */
  unauthenticated: number;
  /** Has it said who it is, with the upgrade? Then how many connections has this user. */
  connectionsOfUser: number | undefined;
}

export interface House {
  allowedOrigins: ReadonlySet<string>;
  /** Undefined: it takes nobody, and why. */
  closedBecause: string | undefined;
  connections: number;
  maxConnections: number;
  maxUnauthenticatedPerAddress: number;
  maxConnectionsPerUser: number;
}

/** Whether an upgrade is let in; the refusal if not. The origin is looked at before anything that could be told apart. */
export function admit(applicant: Applicant, house: House): Refusal | undefined {
  const { path, origin, unauthenticated, connectionsOfUser } = applicant;
  if (path !== '/ws') return { status: 404, message: 'WebSocket is at /ws' };
  if (origin !== undefined && !house.allowedOrigins.has(origin.toLowerCase()))
    return { status: 403, message: 'This origin may not connect' };
  if (house.closedBecause !== undefined) return { status: 503, message: house.closedBecause, retryAfterSeconds: 2 };
  if (house.connections >= house.maxConnections) return { status: 503, message: 'This gateway is full', retryAfterSeconds: 5 };
  if (connectionsOfUser === undefined && unauthenticated >= house.maxUnauthenticatedPerAddress)
    return { status: 429, message: 'Too many connections from this address', retryAfterSeconds: 5 };
  if (connectionsOfUser !== undefined && connectionsOfUser >= house.maxConnectionsPerUser)
    return { status: 429, message: 'Too many connections of this user', retryAfterSeconds: 30 };
  return undefined;
}
