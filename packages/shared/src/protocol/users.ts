import { z } from 'zod';
import { SessionId, UserId } from './ids.js';
import { IsoTime, wellFormed } from './scalars.js';

export const Role = z.enum(['admin', 'moderator', 'member']);
export type Role = z.infer<typeof Role>;

export const Username = z.string().regex(/^[A-Za-z0-9_]{3,32}$/, '3 to 32 letters, digits or underscores');
export const Email = z.email().max(254);
export const Password = z
  .string()
  .min(10)
  .max(72)
  .refine((text) => /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text) && /\d/.test(text) && /[^\p{L}\p{N}\s]/u.test(text), {
    message: 'needs an upper-case and a lower-case letter, a digit and a symbol',
  });
export const DisplayName = wellFormed(z.string().min(1).max(64));

export const User = z.strictObject({
  id: UserId,
  username: Username,
  displayName: DisplayName.optional(),
  /** Only in what a user sees of oneself, and admins of anyone. */
  email: Email.optional(),
  role: Role,
  isActive: z.boolean(),
  lastSeenAt: IsoTime.nullable(),
  createdAt: IsoTime,
});
export type User = z.infer<typeof User>;

/** What a session is called in the list of them; the user agent when it is not given. */
export const DeviceName = wellFormed(z.string().min(1).max(100));
export const Register = z.strictObject({ username: Username, email: Email, password: Password, device: DeviceName.optional() });
/** A password that is there already, as it is: whether it would be accepted today is no question. */
const GivenPassword = z.string().min(1).max(72);
export const Login = z
  .strictObject({
    email: Email.optional(),
    username: Username.optional(),
    password: GivenPassword,
    device: DeviceName.optional(),
  })
  .refine((body) => (body.email === undefined) !== (body.username === undefined), 'exactly one of email and username');
export const PasswordChange = z
  .strictObject({ currentPassword: GivenPassword, newPassword: Password })
  .refine(({ currentPassword, newPassword }) => newPassword.normalize('NFKC') !== currentPassword.normalize('NFKC'), {
    path: ['newPassword'],
    message: 'is the current one',
  });
export const Refresh = z.strictObject({ refreshToken: z.string().min(1).max(512) });

export const Tokens = z.strictObject({ accessToken: z.string(), refreshToken: z.string(), expiresIn: z.int() });
export const SignedIn = Tokens.extend({ user: User });
export const WsTicket = z.strictObject({ ticket: z.string(), expiresIn: z.int() });

export const ProfileUpdate = z.strictObject({ displayName: DisplayName.optional(), username: Username.optional() });
/** What an admin may set of anybody. */
export const UserUpdate = z.strictObject({
  displayName: DisplayName.optional(),
  role: Role.optional(),
  isActive: z.boolean().optional(),
});

/**
 * What an access token says of its bearer. `ver` counts the changes of the user's access (role, deactivation): a token from
 * before the last one is refused.
 */
export const TokenClaims = z.object({ sub: UserId, sid: SessionId, role: Role, ver: z.int().nonnegative(), exp: z.int() });
export type TokenClaims = z.infer<typeof TokenClaims>;

/** The same, in memory. `outside`: an identity service vouches for the bearer, who has no session here; no token of ours says so. */
export const AccessClaims = TokenClaims.extend({ outside: z.literal(true).optional() });
export type AccessClaims = z.infer<typeof AccessClaims>;
