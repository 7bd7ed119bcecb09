import { z } from 'zod';
import { DisplayName, Email, Role, UserId } from '../protocol/index.js';

/** What an identity service says of a user, as far as it is usable here; all of it may be missing. */
export const OutsideProfile = z.strictObject({
  username: z.string().min(1).max(256).optional(),
  email: Email.optional(),
  displayName: DisplayName.optional(),
});
export type OutsideProfile = z.infer<typeof OutsideProfile>;

/** A user of an identity service: the issuer says which service, the subject which of its users. */
export const OutsideUser = z.strictObject({
  issuer: z.string().min(1).max(512),
  subject: z.string().min(1).max(256),
  profile: OutsideProfile,
});
export type OutsideUser = z.infer<typeof OutsideUser>;

/** The account of such a user here, and what its access tokens would say. */
export const OutsideAccount = z.strictObject({ userId: UserId, role: Role, ver: z.int().nonnegative() });
export type OutsideAccount = z.infer<typeof OutsideAccount>;
