import type { Refusal } from './refuse.js';

export interface Applicant {
  path: string;
  /** As sent; browsers always do, other clients may not. */
  origin: string | undefined;
}

export interface House {
  allowedOrigins: ReadonlySet<string>;
  /** Undefined: it takes nobody, and why. */
  closedBecause: string | undefined;
  connections: number;
  maxConnections: number;
}

/** Whether an upgrade is let in; the refusal if not. The origin is looked at before anything that could be told apart. */
export function admit({ path, origin }: Applicant, house: House): Refusal | undefined {
  if (path !== '/ws') return { status: 404, message: 'WebSocket is at /ws' };
  if (origin !== undefined && !house.allowedOrigins.has(origin.toLowerCase()))
    return { status: 403, message: 'This origin may not connect' };
  if (house.closedBecause !== undefined) return { status: 503, message: house.closedBecause, retryAfterSeconds: 2 };
  if (house.connections >= house.maxConnections) return { status: 503, message: 'This gateway is full', retryAfterSeconds: 5 };
  return undefined;
}

export const tooManyOf = {
  address: { status: 429, message: 'Too many connections from this address', retryAfterSeconds: 5 },
  user: { status: 429, message: 'Too many connections of this user', retryAfterSeconds: 30 },
} as const satisfies Record<string, Refusal>;
