/** Something sealed did not open: another key, another place, or altered. It never says which: the difference is an oracle. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';

  constructor() {
    super('decryption failed');
  }
}

/** Names a key that this process does not have: a ring that was not rolled out everywhere, or a key retired too early. */
export class UnknownKey extends Error {
  override readonly name = 'UnknownKey';

  /** @param ring which ring was asked, e.g. `seal key`. @param kid cut to what a kid may be, as it may come from outside. */
  constructor(
    readonly ring: string,
    readonly kid: string,
  ) {
    super(`no ${ring} with kid ${JSON.stringify(kid.slice(0, 16))}`);
  }
}
