import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorCatalogue, errorCodes } from '../../protocol/index.js';
import { clientError } from './client-error.js';
import { StormError, unavailable } from './storm-error.js';

const failure = (parse: () => unknown): unknown => {
  try {
    return parse();
  } catch (error) {
    return error;
  }
};

describe('what a client is told', () => {
  it.each(errorCodes)('of %s: code, status and message of the catalogue', (code) => {
    const { status, message } = errorCatalogue[code];
    expect(clientError(new StormError(code))).toEqual({ code, status, message });
  });

  it('of an error with words of its own: these, its details and when to come back', () => {
    const error = new StormError('CONFLICT', { message: 'Taken', details: { field: 'name' }, retryAfterMs: 500 });
    expect(clientError(error)).toEqual({
      code: 'CONFLICT',
      status: 409,
      message: 'Taken',
      details: { field: 'name' },
      retryAfterMs: 500,
    });
  });

  it('of a missing part: 503 and when to come back, and nothing of why', () => {
    const told = clientError(unavailable('Redis does not answer', 2_000, new Error('connect ECONNREFUSED 10.0.0.7:6379')));
    expect(told).toEqual({ code: 'UNAVAILABLE', status: 503, message: 'Redis does not answer', retryAfterMs: 2_000 });
  });

  it('of what does not parse: where and why, never the value', () => {
    const schema = z.strictObject({ a: z.strictObject({ b: z.array(z.enum(['x', 'y'])) }), n: z.int() });
    const error = failure(() => schema.parse({ a: { b: ['x', 'canary'] }, n: 'canary', extra: 1 }));
    const told = clientError(error);
    expect(told).toMatchObject({ code: 'VALIDATION_ERROR', status: 400 });
    expect((told.details as { path: string }[]).map(({ path }) => path)).toEqual(['a.b.1', 'n', '']);
    expect(JSON.stringify(told)).not.toContain('canary');
  });

  it('of what does not parse in a thousand places: twenty of them', () => {
    const error = failure(() => z.array(z.int()).parse(Array.from({ length: 1_000 }, () => 'x')));
    expect(clientError(error).details).toHaveLength(20);
  });

  it('of a safe parse that failed: the same', () => {
    expect(clientError(z.int().safeParse('x').error)).toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it.each([
    ['an Error', new Error('secret')],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
    ['something that looks like one of ours', { code: 'FORBIDDEN', status: 403, message: 'secret' }],
  ])('of %s that nobody expected: nothing', (_name, error) => {
    const { status, message } = errorCatalogue.INTERNAL_ERROR;
    expect(clientError(error)).toEqual({ code: 'INTERNAL_ERROR', status, message });
  });
});

it('keeps the cause of an error for the log', () => {
  const cause = new Error('why');
  expect(unavailable('away', 1, cause).cause).toBe(cause);
  expect('cause' in new StormError('NOT_FOUND')).toBe(false);
  expect(String(new StormError('NOT_FOUND'))).toBe(`StormError: ${errorCatalogue.NOT_FOUND.message}`);
});
