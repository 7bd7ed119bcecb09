import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Operations } from './operations.js';

/** The small HTTP server of a service that has no other: operations only. Port 0 takes any. */
export async function serveOperations(operations: Operations, { host, port }: { host: string; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    if (!operations.handle(request, response, (request.url ?? '/').split('?')[0] ?? '/')) response.writeHead(404).end();
  });
  await listen(server, { host, port });
  return server;
}

export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
