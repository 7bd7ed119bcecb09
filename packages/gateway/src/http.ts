import { createServer, type Server } from 'node:http';
import type { Operations } from '@storm/shared/node';

interface Options {
  /** How long the head of a request may take, or a connection that sends nothing, in milliseconds. */
  timeoutMs: number;
  /** Sockets at once, upgraded ones among them; those above are dropped. */
  maxSockets: number;
}

/** The HTTP side of the gateway: operations, and a hint for who asks for `/ws` without an upgrade. */
export function createHttpServer(operations: Operations, { timeoutMs, maxSockets }: Options): Server {
  const timeouts = {
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    keepAliveTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(1_000, timeoutMs / 2),
  };
  const server = createServer(timeouts, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (operations.handle(request, response, path)) return;
    if (path === '/ws') response.writeHead(426, { upgrade: 'websocket', connection: 'Upgrade' });
    else response.writeHead(404);
    response.end();
  });
  server.maxConnections = maxSockets;
  return server;
}
