import { clientPayloads, closeCodes, serverPayloads } from '@storm/shared/protocol';
import { z } from 'zod';
import { fromClients, fromServer } from './summaries.js';

type Direction = 'client' | 'server';

/** The AsyncAPI 3 document of the WebSocket, from the very schemas that parse its frames. As a server sees it: it receives what clients send. */
export function asyncApiDocument(): object {
  const received = Object.entries(clientPayloads).map(([event, payload]) =>
    message('client', event, { payload, summary: fromClients[event as keyof typeof fromClients] }),
  );
  const sent = Object.entries(serverPayloads).map(([event, payload]) =>
    message('server', event, { payload, summary: fromServer[event as keyof typeof fromServer] }),
  );
  const all = Object.fromEntries([...received, ...sent]);
  const codes = Object.entries(closeCodes).map(([name, code]) => `${code} ${name}`);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Storm',
      version: '1',
      description: `Frames are UTF-8 JSON text. Close codes of its own: ${codes.join(', ')}. 44xx: do not come back until something changed; 45xx: come back with backoff, and \`sync\`.`,
    },
    defaultContentType: 'application/json',
    servers: { gateway: { host: 'localhost', protocol: 'wss', description: 'Wherever Storm is served' } },
    channels: {
      ws: { address: '/ws', messages: Object.fromEntries(Object.keys(all).map((key) => [key, ref('components/messages', key)])) },
    },
    operations: {
      fromClients: operation('receive', received),
      toClients: operation('send', sent),
    },
    components: { messages: all },
  };
}

const ref = (path: string, key: string) => ({ $ref: `#/${path}/${key}` });

const operation = (action: 'receive' | 'send', messages: readonly [string, object][]) => ({
  action,
  channel: { $ref: '#/channels/ws' },
  messages: messages.map(([key]) => ref('channels/ws/messages', key)),
});

function message(
  direction: Direction,
  name: string,
  { payload, summary }: { payload: z.ZodType; summary: string },
): [string, object] {
  const body = z.toJSONSchema(payload, { io: direction === 'client' ? 'input' : 'output', unrepresentable: 'any' });
  delete body.$schema; // the document says which dialect
  const frame = {
    type: 'object',
    properties: {
      event: { const: name },
      requestId: {
        type: 'string',
        maxLength: 128,
        description: direction === 'client' ? 'Repeated by answers' : 'Of the frame that this answers',
      },
      payload: body,
    },
    required: ['event', 'payload'],
  };
  return [`${direction}.${name}`, { name, summary, payload: frame }];
}
