/** A unique index refused a write. Without a cause: the driver's error quotes the document. */
export class DuplicateKey extends Error {
  override name = 'DuplicateKey';

  /** @param index its name, where the server says it */
  constructor(readonly index: string | undefined) {
    super(index === undefined ? 'A unique index refused the write' : `The unique index ${index} refused the write`);
  }
}
