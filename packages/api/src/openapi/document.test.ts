import { expect, it } from 'vitest';
import { operations } from '../routes/index.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './document.js';

const document = openApiDocument(operations, '/api/v1');
const of = (path: string, method: 'get' | 'post') => document.paths?.[`/api/v1${path}`]?.[method];

it('describes every operation once, under its own id', () => {
  const described = Object.values(document.paths ?? {}).flatMap(
    (path) => Object.values(path) as { operationId: string; summary: string }[],
  );
  expect(described).toHaveLength(operations.length);
  expect(new Set(described.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(described.every(({ summary }) => summary.length > 5)).toBe(true);
});

it('states parameters, headers, body and answers of a send', () => {
  const send = of('/channels/{channelId}/messages', 'post');
  expect(send?.parameters).toMatchObject([
    { in: 'path', name: 'channelId', required: true },
    { in: 'header', name: 'Prefer' },
    { in: 'header', name: 'X-Storm-Act-As' },
  ]);
  expect(send?.requestBody).toMatchObject({
    required: true,
    content: {
      'application/json': {
        schema: { type: 'object', required: ['messageId', 'text', 'clientTs'], additionalProperties: false },
      },
    },
  });
  expect(Object.keys(send?.responses ?? {})).toEqual(['200', '201', '202', '429', 'default']);
  expect(send?.security).toEqual([{ bearer: [] }, { cookie: [] }, { serviceKey: ['messages:send'] }]);
  expect(of('/users/me', 'get')?.security).toEqual([{ bearer: [] }, { cookie: [] }]);
  expect(of('/auth/login', 'post')?.security).toEqual([]);
});

it('says that an answer is enveloped', () => {
  const schema = (of('/users/me', 'get')?.responses?.['200'] as { content: Record<string, { schema: unknown }> }).content[
    'application/json'
  ]?.schema;
  expect(schema).toMatchObject({
    required: ['success', 'data', 'meta'],
    properties: { success: { const: true }, data: { $ref: '#/components/schemas/User' } },
  });
});

it('asks for no body where none is taken, and says where one may be left out', () => {
  expect(of('/auth/refresh', 'post')?.requestBody).toMatchObject({ required: false });
  expect(of('/auth/logout', 'post')).not.toHaveProperty('requestBody');
});

it('lists every operation on a page that loads nothing', () => {
  const page = docsPage(operations, '/api/v1');
  for (const { method, path } of operations) expect(page).toContain(`<code>${method.toUpperCase()} /api/v1${path}</code>`);
  expect(page).not.toMatch(/<script|src=|<link|@import|url\(/);
});
