import { createServer, type Server } from 'node:http';
import type { Operations } from '@storm/shared/node';

/** The HTTP side of the gateway: operations, and a hint for who asks for `/ws` without an upgrade. */
export function createHttpServer(operations: Operations): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (operations.handle(request, response, path)) return;
    if (path === '/ws') response.writeHead(426, { upgrade: 'websocket', connection: 'Upgrade' });
    else response.writeHead(404);
    response.end();
  });
}
