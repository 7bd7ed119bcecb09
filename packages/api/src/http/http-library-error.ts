import { StormError } from '@storm/shared/node';

/** What a caller did wrong, as Express and its body parser say it by `type` or status; the texts are ours, theirs quote input. */
const byType: Record<string, string> = {
  'entity.verify.failed': 'the body is not UTF-8',
  'entity.parse.failed': 'the body is not JSON',
  'encoding.unsupported': 'compressed bodies are not taken',
  'charset.unsupported': 'the body is not UTF-8',
  'request.aborted': 'the body was cut short',
  'request.size.invalid': 'the body is not as long as it says',
};

/** Errors of Express and its body parser as ours; anything else as it is. */
export function fromHttpLibrary(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StormError) return error;
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return new StormError('PAYLOAD_TOO_LARGE');
  if (typeof status !== 'number' || status < 400 || status > 499) return error;
  const message = typeof type === 'string' ? byType[type] : undefined;
  return new StormError('VALIDATION_ERROR', message === undefined ? {} : { message });
}
