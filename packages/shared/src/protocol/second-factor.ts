import { z } from 'zod';
import { DeviceName, SignedIn } from './users.js';
import { wellFormed } from './scalars.js';

/** Six digits of an authenticator app, or a recovery code; spaces, hyphens and the case of letters do not matter. */
export const SecondFactorCode = z.string().regex(/^[0-9A-Za-z -]{6,40}$/, 'not a code');
/** What signing in answered in place of tokens: proof that the password was right, for some minutes. */
export const Challenge = z
  .string()
  .max(1_024)
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'not a challenge');

/** The `details` of SECOND_FACTOR_REQUIRED at signing in. */
export const SecondFactorRequired = z.strictObject({
  challenge: Challenge,
  /** Seconds. */
  expiresIn: z.int(),
  /** Has none, and must have one: the challenge is for enrolling. */
  enrol: z.literal(true).optional(),
});
export type SecondFactorRequired = z.infer<typeof SecondFactorRequired>;

export const SecondFactorState = z.strictObject({ enabled: z.boolean(), recoveryCodesLeft: z.int() });
/** What an authenticator app takes: the secret in base32, and the same as a URI for a QR code. Shown once. */
export const SecondFactorEnrolment = z.strictObject({ secret: z.string(), uri: z.string() });
/** Each is good once. Shown once. */
export const RecoveryCodes = z.strictObject({ recoveryCodes: z.array(z.string()) });

export const ByCode = z.strictObject({ code: SecondFactorCode });
export const ByPasswordAndCode = ByCode.extend({ password: wellFormed(z.string().min(1).max(72)) });
export const ByChallenge = z.strictObject({ challenge: Challenge });
export const ByChallengeAndCode = ByChallenge.extend({ code: SecondFactorCode, device: DeviceName.optional() });

export const EnrolledAndSignedIn = SignedIn.extend(RecoveryCodes.shape);
