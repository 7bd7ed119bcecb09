import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { closeCodes } from './close-codes.js';
import { Failure, Meta, success } from './envelope.js';
import { errorCatalogue, errorCodes } from './error-codes.js';
import { limits } from './limits.js';

describe('the error catalogue', () => {
  it('has the codes and statuses of the contract', () => {
    expect(Object.fromEntries(errorCodes.map((code) => [code, errorCatalogue[code].status]))).toEqual({
      VALIDATION_ERROR: 400,
      UNAUTHORIZED: 401,
      SECOND_FACTOR_REQUIRED: 401,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      CONFLICT: 409,
      PAYLOAD_TOO_LARGE: 413,
      REFUSED: 422,
      RATE_LIMIT_EXCEEDED: 429,
      INTERNAL_ERROR: 500,
      UNAVAILABLE: 503,
    });
  });

  it('says that the same again may succeed where it may, and nowhere else', () => {
    for (const { status, retry } of Object.values(errorCatalogue)) expect(retry).toBe(status === 429 || status >= 500);
  });

  it('has a sentence of its own for each', () => {
    const messages = Object.values(errorCatalogue).map(({ message }) => message);
    expect(new Set(messages).size).toBe(messages.length);
    for (const message of messages) expect(message.length).toBeGreaterThan(10);
  });
});

describe('close codes', () => {
  const all = Object.values(closeCodes);

  it('differ, and are ones that an endpoint may send', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const code of all) expect([1000, 1001, 1009].includes(code) || (code >= 4000 && code <= 4999), `${code}`).toBe(true);
  });

  it('tell by their range whether to come back', () => {
    const { unauthorized, forbidden, abuse, internal, tooSlow, overloaded } = closeCodes;
    for (const stay of [unauthorized, forbidden, abuse]) expect(Math.floor(stay / 100)).toBe(44);
    for (const again of [internal, tooSlow, overloaded]) expect(Math.floor(again / 100)).toBe(45);
    expect(closeCodes).toMatchObject({
      normal: 1000,
      goingAway: 1001,
      tooBig: 1009,
      unauthorized: 4401,
      tooSlow: 4508,
      overloaded: 4513,
    });
  });
});

describe('limits', () => {
  it('leave room for the longest text in its longest JSON form', () => {
    const worst = Buffer.byteLength(JSON.stringify('\u0001'.repeat(limits.textLength)));
    expect(worst).toBeLessThan(limits.frameBytes - 1_024);
    expect(worst).toBeLessThan(limits.restBodyBytes - 1_024);
  });

  it('fit each other', () => {
    expect(limits.pageSize).toBeLessThanOrEqual(limits.pageSizeMax);
    expect(limits.heartbeatMs).toBeLessThan(60_000); // proxies close a link that is quiet for so long
    expect(limits.ticketMs).toBeLessThanOrEqual(30_000);
    expect(limits.accessTokenSeconds).toBeLessThan(limits.refreshTokenSeconds);
  });
});

describe('the envelope', () => {
  const meta = { requestId: 'r', timestamp: new Date(0).toISOString() };

  it('of a success has its data', () => {
    const schema = success(z.strictObject({ n: z.int() }));
    expect(schema.safeParse({ success: true, data: { n: 1 }, meta }).success).toBe(true);
    expect(schema.safeParse({ success: true, data: { n: 'x' }, meta }).success).toBe(false);
    expect(schema.safeParse({ success: false, data: { n: 1 }, meta }).success).toBe(false);
  });

  it('of a failure has a code of the catalogue', () => {
    const failure = (code: string) => Failure.safeParse({ success: false, error: { code, message: 'x' }, meta }).success;
    expect([failure('CONFLICT'), failure('TEAPOT'), failure('toString')]).toEqual([true, false, false]);
  });

  it('says when it was made, and where the next page begins', () => {
    expect(Meta.safeParse({ ...meta, nextCursor: null, hasNextPage: false, head: { seq: 1, position: 1 } }).success).toBe(true);
    expect(Meta.safeParse({ ...meta, timestamp: 'yesterday' }).success).toBe(false);
  });
});
