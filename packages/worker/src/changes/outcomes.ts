import { errorCatalogue, type ErrorCode } from '@storm/shared/protocol';

/** What becomes of a change that gets no row. */
export type Outcome = { status: 'failed'; code: ErrorCode; message: string } | { status: 'duplicate' };

const failed = (code: ErrorCode, message: string = errorCatalogue[code].message): Outcome => ({
  status: 'failed',
  code,
  message,
});

/** It would change nothing: answered with the state there is. */
export const duplicate: Outcome = { status: 'duplicate' };
export const notFound = failed('NOT_FOUND');
export const forbidden = (message?: string): Outcome => failed('FORBIDDEN', message);
export const refused = (message: string): Outcome => failed('REFUSED', message);
export const conflict = (message: string): Outcome => failed('CONFLICT', message);
