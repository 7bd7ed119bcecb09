import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@storm/shared/protocol';
import express, { type Request, type Response } from 'express';
import { assertPlain, invalid } from './plain-json.js';

const parse = express.json({
  limit: limits.restBodyBytes,
  strict: true,
  // A few bytes that unpack to many are no use to an API of small bodies.
  inflate: false,
  verify(_request: IncomingMessage, _response: ServerResponse, bytes: Buffer, encoding: string) {
    // A plain Error: the parser writes its own status on it.
    if (encoding !== 'utf-8' || !isUtf8(bytes)) throw new Error('not UTF-8');
  },
});

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The JSON body of a request, at most 64 KiB in UTF-8; undefined without one. Anything else is refused. */
export async function readBody(request: Request, response: Response): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'HEAD' || !hasBody(request)) return undefined;
  if (!request.is('application/json')) throw invalid('the body must be application/json');
  await new Promise<void>((resolve, reject) => {
    parse(request, response, (error?: unknown) => (error instanceof Error ? reject(error) : resolve()));
  });
  const body = request.body as unknown;
  assertPlain(body);
  return body;
}
