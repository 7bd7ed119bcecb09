import { cookieNames } from '@storm/shared/node';
import { Channel, Failure, Member, Message, serviceScopes, success, User } from '@storm/shared/protocol';
import { z } from 'zod';
import { createDocument, type oas31, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { Operation } from '../http/operation.js';
import { permissions } from '../permissions.js';
import { limitText, rateLimitHeaders } from './rate-limits.js';
import { requestHeaders } from './request-headers.js';

const statusTexts: Record<number, string> = { 200: 'Done', 201: 'Created', 202: 'Queued: durable, not yet stored' };

/** The OpenAPI 3.1 document of these operations, from the very schemas that parse. */
export function openApiDocument(operations: readonly Operation[], prefix: string): oas31.OpenAPIObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    const path = prefix + operation.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[operation.method] = describe(operation);
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Storm', version: '1', description: 'Self-hosted real-time messaging' },
    paths,
    components: {
      schemas: { User, Channel, Member, Message, Failure },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        serviceKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'storm_<id>_<secret>',
          description: 'A service key, for other servers: it needs the scope that is named with each operation',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieNames.access,
          description: 'Where switched on. All but GET need the header `X-CSRF-Token` too, and an allowed origin',
        },
      },
    },
  });
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { tag, summary, method, path, permission, services, request, response, limit } = operation;
  const open = permissions[permission] === 'anyone';
  const acts = services !== undefined && serviceScopes[services] === 'user';
  const needsBody = !request.body.safeParse(undefined).success;
  return {
    operationId: `${method}${path.replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    security: open ? [] : [{ bearer: [] }, { cookie: [] }, ...(services ? [{ serviceKey: [services] }] : [])],
    requestParams: {
      path: request.params as never,
      query: request.query as never,
      header: requestHeaders([...operation.headers, ...(acts ? (['x-storm-act-as'] as const) : [])]),
    },
    ...(needsBody || hasFields(request.body)
      ? { requestBody: { required: needsBody, content: { 'application/json': { schema: request.body } } } }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(response).map(([status, data]) => [
          status,
          { description: statusTexts[Number(status)] ?? 'Done', content: { 'application/json': { schema: success(data) } } },
        ]),
      ),
      429: {
        description: limitText(limit),
        headers: rateLimitHeaders,
        content: { 'application/json': { schema: Failure } },
      },
      default: { description: 'Refused or failed; see `error.code`', content: { 'application/json': { schema: Failure } } },
    },
  };
}

/** An operation without a body takes an empty object all the same. */
function hasFields(body: z.ZodType): boolean {
  const inner = body instanceof z.ZodOptional ? body.unwrap() : body;
  return inner instanceof z.ZodObject && Object.keys(inner.shape).length > 0;
}
