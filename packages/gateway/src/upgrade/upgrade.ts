import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TokenOptions } from '@storm/shared/node';
import type { WebSocket, WebSocketServer } from 'ws';
import { admit, type House } from './admission.js';
import { clientAddress } from './client-address.js';
import { credentialsOf, type Credentials } from './credentials.js';
import { refuse } from './refuse.js';

export interface UpgradeOptions {
  server: WebSocketServer;
  tokens: TokenOptions;
  trustProxy: number;
  house: () => House;
  unauthenticated: (address: string) => number;
  connectionsOf: (userId: string) => number;
  onConnection: (socket: WebSocket, raw: Duplex, address: string, credentials: Credentials) => void;
}

/**
 * Decides on an upgrade: path and origin first, then limits, then who it is. A token that is not valid is told by close
 * code 4401 after the upgrade: a browser sees no HTTP status, and would come back for ever.
 */
export function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer, options: UpgradeOptions): void {
  raw.on('error', () => raw.destroy()); // before anything else: a reset while we decide must not end the process
  const { server, tokens, trustProxy, house, unauthenticated, connectionsOf, onConnection } = options;
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  if (!url) return refuse(raw, { status: 400, message: 'Not a URL' });
  const credentials = credentialsOf(request, url.searchParams, tokens);
  const forwardedFor = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
  const address = clientAddress(request.socket.remoteAddress, forwardedFor, trustProxy);
  const refusal = admit(
    {
      path: url.pathname,
      origin: request.headers.origin,
      unauthenticated: unauthenticated(address),
      connectionsOfUser: credentials.kind === 'claims' ? connectionsOf(credentials.claims.sub) : undefined,
    },
    house(),
  );
  if (refusal) return refuse(raw, refusal);
  server.handleUpgrade(request, raw, head, (socket) => onConnection(socket, raw, address, credentials));
}
