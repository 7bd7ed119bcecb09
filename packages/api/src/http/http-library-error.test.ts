import { StormError } from '@storm/shared/node';
import { expect, it } from 'vitest';
import { fromHttpLibrary } from './http-library-error.js';

const failed = (fields: object) => Object.assign(new Error('quotes "secret" input'), fields);

it('keeps the status and drops the text, which quotes input', () => {
  expect(fromHttpLibrary(failed({ status: 413 }))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect(fromHttpLibrary(failed({ status: 400, type: 'entity.parse.failed' }))).toMatchObject({
    code: 'VALIDATION_ERROR',
    message: 'the body is not JSON',
  });
  expect(fromHttpLibrary(failed({ status: 400 }))).toMatchObject({
    code: 'VALIDATION_ERROR',
    message: 'The request is not valid',
  });
});

it('leaves everything else as it is', () => {
  for (const error of ['x', failed({}), failed({ status: 500 }), new StormError('CONFLICT')])
    expect(fromHttpLibrary(error)).toBe(error);
});
