import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { clientPayloads, serverPayloads } from '@storm/shared/protocol';
import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { asyncApiDocument } from './document.js';

interface Document {
  components: { messages: Record<string, { name: string; summary: string; payload: { properties: { payload: object } } }> };
}
const document = asyncApiDocument() as Document;

it('is an AsyncAPI 3 document, by the specification’s own schema', () => {
  const path = createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json');
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(path, 'utf8')) as object);
  expect(validate(document) || validate.errors).toBe(true);
});

it('has every frame, of both directions, with a word on what it is for', () => {
  expect(Object.keys(document.components.messages).toSorted()).toEqual(
    [
      ...Object.keys(clientPayloads).map((event) => `client.${event}`),
      ...Object.keys(serverPayloads).map((event) => `server.${event}`),
    ].toSorted(),
  );
  for (const { name, summary } of Object.values(document.components.messages)) {
    expect(name).toBeTruthy();
    expect(summary.length).toBeGreaterThan(10);
  }
});

it('takes the frames that the schemas take, and no others', () => {
  const { payload } = document.components.messages['client.message.send'] ?? {};
  const fits = new Ajv({ strict: false, validateFormats: false }).compile(payload ?? {});
  const id = (letter: string) => letter + 'A'.repeat(22);
  const send = { messageId: crypto.randomUUID(), channelId: id('c'), text: 'hi', clientTs: 0 };
  expect(fits({ event: 'message.send', requestId: '1', payload: send })).toBe(true);
  for (const wrong of [{ ...send, text: '' }, { ...send, channelId: id('u') }, { ...send, extra: 1 }, {}])
    expect(fits({ event: 'message.send', payload: wrong })).toBe(false);
  expect(fits({ event: 'message.edit', payload: send })).toBe(false);
});
