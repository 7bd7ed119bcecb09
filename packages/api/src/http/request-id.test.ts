import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { requestIdFor, requestIdOf } from './request-id.js';

function idFor(given: string | undefined): string {
  const request = new IncomingMessage(new Socket());
  if (given !== undefined) request.headers['x-request-id'] = given;
  const response = new ServerResponse(request);
  const id = requestIdFor(request, response);
  expect(requestIdOf(response)).toBe(id);
  return id;
}

it('takes the id of the caller if it is one, else makes one', () => {
  expect(idFor('abc-1.2:3_4')).toBe('abc-1.2:3_4');
  for (const given of [undefined, '', 'a b', 'x'.repeat(65), 'a\u0000', '<script>'])
    expect(idFor(given)).toMatch(/^[0-9a-f-]{36}$/);
});
