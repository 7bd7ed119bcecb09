import type { Model } from 'mongoose';
import { byId, underKey } from './read.js';
import type { SecondFactor } from './schema.js';
import { begin, confirm, remove, reseal, takeStep } from './write.js';
import { replaceRecoveryCodes, takeRecoveryCode } from './recovery-codes.js';

export type { RecoveryCode, SecondFactor } from './schema.js';
export type { Confirmation, Resealed } from './write.js';

export type SecondFactorQueries = ReturnType<typeof secondFactorQueries>;

export function secondFactorQueries(factors: Model<SecondFactor>) {
  return {
    byId: byId(factors),
    begin: begin(factors),
    confirm: confirm(factors),
    takeStep: takeStep(factors),
    takeRecoveryCode: takeRecoveryCode(factors),
    replaceRecoveryCodes: replaceRecoveryCodes(factors),
    remove: remove(factors),
    underKey: underKey(factors),
    reseal: reseal(factors),
  };
}
