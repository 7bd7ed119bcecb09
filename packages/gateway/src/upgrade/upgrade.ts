import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Outsiders, RateLimits, TokenOptions } from '@storm/shared/node';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Lease } from '../leases/leases.js';
import type { ConnectionCaps } from '../limits/connection-caps.js';
import { admit, tooManyOf, type House } from './admission.js';
import { clientAddress } from './client-address.js';
import { credentialsOf, type Credentials } from './credentials.js';
import { refuse } from './refuse.js';

/** A socket that was let in. */
export interface Arrival {
  socket: WebSocket;
  /** The socket below it. */
  raw: Duplex;
  connectionId: string;
  /** The client's. */
  address: string;
  credentials: Credentials;
  /** Its place among its user's connections, or among those of its address that have not said who they are. */
  lease: Lease;
}

export interface UpgradeOptions {
  server: WebSocketServer;
  tokens: TokenOptions;
  outsiders: Outsiders | undefined;
  trustProxy: number;
  house: () => House;
  caps: ConnectionCaps;
  limits: RateLimits;
  onConnection: (arrival: Arrival) => void;
}

/**
 * Decides on an upgrade: path and origin first, then who it is, then limits. A token that is not valid is told by close
 * code 4401 after the upgrade: a browser sees no HTTP status, and would come back for ever.
 */
export async function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer, options: UpgradeOptions): Promise<void> {
  raw.on('error', destroy); // before anything else: a reset while we decide must not end the process
  const { server, trustProxy, house, caps, limits, onConnection } = options;
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  if (!url) return refuse(raw, { status: 400, message: 'Not a URL' });
  const applicant = { path: url.pathname, origin: request.headers.origin };
  const refusal = admit(applicant, house());
  if (refusal) return refuse(raw, refusal);
  const address = addressOf(request, trustProxy);
  const standing = limits.on ? await limits.take('connects', address) : undefined;
  if (standing?.passed === false) {
    const retryAfterSeconds = Math.ceil(standing.resetMs / 1_000);
    return refuse(raw, { status: 429, message: 'Too many new connections from this address', retryAfterSeconds });
  }

  const credentials = credentialsOf(request, url.searchParams, options);
  const connectionId = randomBytes(12).toString('base64url');
  const isKnown = credentials.kind === 'claims';
  const lease = isKnown ? await caps.ofUser(credentials.claims.sub, connectionId) : await caps.ofAddress(address, connectionId);
  if (!lease) return refuse(raw, tooManyOf[isKnown ? 'user' : 'address']);
  let isTaken = false;
  try {
    const late = admit(applicant, house()); // others were let in meanwhile, or it stops
    if (late) return refuse(raw, late);
    // Calls back before it returns, or never: for who is gone meanwhile, or sent no proper handshake.
    server.handleUpgrade(request, raw, head, (socket) => {
      onConnection({ socket, raw, connectionId, address, credentials, lease });
      isTaken = true;
    });
  } finally {
    if (!isTaken) lease.release();
  }
}

/** One for all: what is made for each would be held as long as its socket. */
function destroy(this: Duplex): void {
  this.destroy();
}

function addressOf({ headers, socket }: IncomingMessage, trustProxy: number): string {
  const forwardedFor = [headers['x-forwarded-for'] ?? []].flat().join(',');
  return clientAddress(socket.remoteAddress, forwardedFor, trustProxy);
}
