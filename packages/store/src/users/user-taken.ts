import { DuplicateKey } from '../errors/index.js';

/** Somebody else has this username or email address. */
export class UserTaken extends DuplicateKey {
  override name = 'UserTaken';

  constructor(readonly field: 'username' | 'email') {
    super(field);
  }
}
