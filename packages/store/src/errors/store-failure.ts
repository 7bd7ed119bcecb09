/** MongoDB refused a command, and would again: a defect of ours, or of its set-up. Without the driver's error, which quotes documents. */
export class StoreFailure extends Error {
  override name = 'StoreFailure';

  /** @param code MongoDB's error code, where there is one */
  constructor(
    readonly code: number | undefined,
    message: string,
  ) {
    super(message);
  }
}
