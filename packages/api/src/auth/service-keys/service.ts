import type { AccessClaims, KeyScope } from '@storm/shared/protocol';

/** A program of the operator's that calls with a service key. */
export interface Service {
  keyId: string;
  scopes: readonly KeyScope[];
  /** The users that it may act for; null: any. */
  actsFor: readonly string[] | null;
}

/** Whoever calls: a user or a program. */
export type Identity = AccessClaims | Service;

export const isService = (identity: Identity | undefined): identity is Service => identity !== undefined && 'keyId' in identity;

/** The user in whose name something is done: with an access token of theirs, or by a program that acts for them. */
export type Actor = Pick<AccessClaims, 'sub' | 'role'>;
