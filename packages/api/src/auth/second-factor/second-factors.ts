import { StormError, type KeyRing } from '@storm/shared/node';
import type { Role } from '@storm/shared/protocol';
import type { SecondFactor, Store, User } from '@storm/store';
import type { Missing } from './challenges.js';
import { macOf, newRecoveryCodes } from './recovery-codes.js';
import { openSecret, sealSecret } from './secret-box.js';
import { base32, newSecret, stepOf, uriOf } from './totp.js';

interface Options {
  store: Pick<Store, 'secondFactors'>;
  ring: KeyRing;
  /** Whose bearers must have one. */
  roles: readonly Role[];
  /** What apps show beside the account. */
  issuer: string;
  now?: () => number;
}

/** Codes of an authenticator app, and recovery codes for when it is lost. */
export class SecondFactors {
  readonly #now: () => number;

  constructor(private readonly options: Options) {
    this.#now = options.now ?? Date.now;
  }

  /** Does any role ask for one? */
  get isEnforced(): boolean {
    return this.options.roles.length > 0;
  }

  /** What this user has to show beside the password; undefined for nothing. */
  async missing({ _id, role }: Pick<User, '_id' | 'role'>): Promise<Missing | undefined> {
    if (await this.#confirmed(_id)) return 'code';
    return this.options.roles.includes(role) ? 'enrolment' : undefined;
  }

  /** Must this user have one, and has none? */
  async isOwed({ _id, role }: Pick<User, '_id' | 'role'>): Promise<boolean> {
    return this.options.roles.includes(role) && !(await this.#confirmed(_id));
  }

  async state(userId: string): Promise<{ enabled: boolean; recoveryCodesLeft: number }> {
    const factor = await this.#confirmed(userId);
    const left = factor?.recoveryCodes.filter(({ usedAt }) => usedAt === null);
    return { enabled: factor !== undefined, recoveryCodesLeft: left?.length ?? 0 };
  }

  /** A fresh secret for an app, in the place of one that was not confirmed. Throws CONFLICT when one is confirmed. */
  async begin({ _id: userId, username }: Pick<User, '_id' | 'username'>): Promise<{ secret: string; uri: string }> {
    const { store, ring, issuer } = this.options;
    const secret = newSecret();
    const begun = await store.secondFactors.begin({
      userId,
      ...sealSecret(secret, userId, ring),
      at: new Date(this.#now()),
    });
    if (!begun) throw new StormError('CONFLICT', { message: 'There is a second factor already: remove it first' });
    return { secret: base32(secret), uri: uriOf(secret, { issuer, account: username }) };
  }

  /** Turns it on, by a code of the app: the recovery codes, or undefined for a wrong code. Throws CONFLICT where nothing waits for one. */
  async confirm(userId: string, code: string): Promise<string[] | undefined> {
    const { store, ring } = this.options;
    const factor = await store.secondFactors.byId(userId);
    if (!factor || factor.confirmedAt) throw new StormError('CONFLICT', { message: 'No second factor waits to be confirmed' });
    const secret = openSecret(factor, userId, ring);
    const now = this.#now();
    const step = stepOf(digits(code), secret, now);
    if (step === undefined) return undefined;
    const codes = newRecoveryCodes();
    const recoveryCodes = codes.map((one) => macOf(one, secret));
    const at = new Date(now);
    if (!(await store.secondFactors.confirm({ userId, secret: factor.secret, step, recoveryCodes, at })))
      throw new StormError('CONFLICT', { message: 'Another second factor took its place' });
    return codes;
  }

  /** Uses up a code of the app, or a recovery code; undefined for one that is wrong or was used. Throws NOT_FOUND where there is no second factor. */
  async take(userId: string, code: string): Promise<'app' | 'recovery-code' | undefined> {
    const { store, ring } = this.options;
    const factor = await this.#confirmed(userId);
    if (!factor) throw new StormError('NOT_FOUND', { message: 'There is no second factor' });
    const secret = openSecret(factor, userId, ring);
    const now = this.#now();
    const step = stepOf(digits(code), secret, now);
    if (step !== undefined) return (await store.secondFactors.takeStep(userId, step)) ? 'app' : undefined;
    const taken = await store.secondFactors.takeRecoveryCode(userId, macOf(code, secret), new Date(now));
    return taken ? 'recovery-code' : undefined;
  }

  /** Makes all recovery codes worthless and gives new ones. Throws NOT_FOUND where there is no second factor. */
  async renewRecoveryCodes(userId: string): Promise<string[]> {
    const { store, ring } = this.options;
    const factor = await this.#confirmed(userId);
    const codes = newRecoveryCodes();
    const macs = factor && codes.map((code) => macOf(code, openSecret(factor, userId, ring)));
    if (!macs || !(await store.secondFactors.replaceRecoveryCodes(userId, macs)))
      throw new StormError('NOT_FOUND', { message: 'There is no second factor' });
    return codes;
  }

  /** False when there was none. */
  remove(userId: string): Promise<boolean> {
    return this.options.store.secondFactors.remove(userId);
  }

  async #confirmed(userId: string): Promise<SecondFactor | undefined> {
    const factor = await this.options.store.secondFactors.byId(userId);
    return factor?.confirmedAt ? factor : undefined;
  }
}

/** As people type them: `123 456`. */
const digits = (code: string): string => code.replace(/[ -]/g, '');
