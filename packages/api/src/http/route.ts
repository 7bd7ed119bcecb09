import { Router, type Request, type Response } from 'express';
import { browserOf } from '../auth/cookies/browser.js';
import type { Context } from '../context.js';
import { callingAs } from './calling-as.js';
import { successBody } from './envelope.js';
import { idempotencyKey } from './idempotency-key.js';
import { authorize, identify } from './identify.js';
import { limitCaller, limitRefresh, limitUnknown } from './limit.js';
import type { Caller, Operation } from './operation.js';
import { preferredWait } from './prefer.js';
import { readBody } from './read-body.js';
import { readQuery } from './read-query.js';
import type { Reply } from './reply.js';
import { requestIdOf } from './request-id.js';

/** A router of operations. */
export function routerOf(operations: readonly Operation[], context: Context): Router {
  const router = Router({ caseSensitive: true });
  for (const operation of operations) {
    router[operation.method](operation.path, (request: Request, response: Response) =>
      serve(operation, request, response, context),
    );
  }
  return router;
}

/** Who, what, do it, answer. Who calls is known before their body is read. */
async function serve(operation: Operation, request: Request, response: Response, context: Context): Promise<void> {
  context.metrics.time(operation, response);
  const identity = await identify(request, operation, context).catch((error: unknown) =>
    limitUnknown(error, request, response, context),
  );
  await limitCaller(operation, { request, identity }, response, context);
  authorize(operation, identity);
  const who = await callingAs(identity, operation, request, context);
  const body = await readBody(request, response);
  await limitRefresh(operation, { request, body }, response, context);
  const input = { params: { ...request.params }, query: readQuery(request), body };
  const reply = await operation.run(input, { ...who, ...wordsOf(request, context) }, context);
  if (context.checkAnswers) operation.response[reply.status]?.parse(reply.data);
  send(response, reply);
}

function wordsOf(request: Request, context: Context): Omit<Caller, 'user' | 'service'> {
  const seconds = preferredWait(request.get('prefer'));
  return {
    key: idempotencyKey(request.get('idempotency-key')),
    waitMs: seconds === undefined ? undefined : seconds * 1_000,
    address: request.ip ?? null,
    device: request.get('user-agent')?.slice(0, 200) ?? null,
    browser: browserOf(request, context),
  };
}

function send(response: Response, reply: Reply): void {
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  response.status(reply.status).json(successBody(reply, requestIdOf(response)));
}
