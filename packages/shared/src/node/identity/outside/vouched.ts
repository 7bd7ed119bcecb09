import type { OutsideUser } from '../../../contracts/index.js';

/** What a caller brings: a bearer token, or the cookies that the identity service set. */
export type Credential = { bearer: string } | { cookie: string };

/** A user whom an identity service vouches for. */
export interface Vouched {
  user: OutsideUser;
  /** Until when, in epoch seconds. */
  exp: number;
  /** Tells one sign-in of this user from another; no secret can be had from it. */
  signIn: string;
}

/** One way to learn from an identity service who somebody is. */
export interface IdentitySource {
  /** Is a bearer token its to judge? By a look at the token, which is not believed. */
  takes(token: string): boolean;
  /**
   * Throws UNAUTHORIZED for a credential that is not good, UNAVAILABLE when that can't be known now.
   *
   * @param address of the caller: one that brings many must not keep the others waiting
   */
  identify(credential: Credential, address: string): Promise<Vouched>;
}
