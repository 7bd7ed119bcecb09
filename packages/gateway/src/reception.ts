import type { Duplex } from 'node:stream';
import { StormError } from '@storm/shared/node';
import { closeCodes, type AccessClaims } from '@storm/shared/protocol';
import type { WebSocket } from 'ws';
import { Connection } from './connection/connection.js';
import type { Connections } from './connection/connections.js';
import { Receiver } from './connection/receive.js';
import type { GatewayContext } from './context.js';
import type { FrameContext } from './frames/index.js';
import type { Roster } from './hub/roster.js';
import type { Counts } from './metrics.js';
import { Flusher } from './outbox/flusher.js';
import type { Credentials } from './upgrade/credentials.js';

interface Options {
  context: GatewayContext;
  connections: Connections;
  roster: Roster;
  counts: Counts;
  epoch: () => string;
  /** What the frames of its connections work with. */
  frames: () => FrameContext;
}

/** Receives sockets: makes a connection of each, learns who it is, and sees it off. */
export class Reception {
  readonly #flusher = new Flusher();

  constructor(private readonly options: Options) {}

  /** Takes in an upgraded socket. */
  receive(socket: WebSocket, raw: Duplex, address: string, credentials: Credentials): void {
    const { context, connections, counts, epoch, frames } = this.options;
    const { config, log, now } = context;
    const connection = new Connection({
      socket,
      raw,
      address,
      outbox: { softBytes: config.OUTBOX_SOFT_BYTES, hardBytes: config.OUTBOX_HARD_BYTES, stallMs: config.OUTBOX_STALL_MS },
      flusher: this.#flusher,
      heartbeatMs: config.HEARTBEAT_MS,
      authenticateBy: now() + config.AUTHENTICATE_MS,
      now,
      epoch,
      onClosed: (closed, code) => this.#closed(closed, code),
    });
    connections.add(connection);
    if (credentials.kind === 'invalid') return connection.close(closeCodes.unauthorized, 'the token is not valid');
    const framesPerMinute = config.RATE_LIMITS === 'on' ? config.FRAMES_PER_MINUTE : undefined;
    const receiver = new Receiver(connection, { context: frames(), log, now, framesPerMinute, counts });
    socket.on('message', (data, isBinary) => receiver.receive(data, isBinary));
    if (credentials.kind === 'claims') this.identify(connection, credentials.claims);
  }

  /** Makes somebody of a connection, or renews who it is. Closes it when that may not be; throws RATE_LIMIT_EXCEEDED when it is too often. */
  identify(connection: Connection, claims: AccessClaims, requestId?: string): void {
    const { roster, connections, context } = this.options;
    const { identity } = connection;
    if (connection.closed) return;
    if (identity && identity.claims.sub !== claims.sub) return connection.close(closeCodes.unauthorized, 'that is somebody else');
    if (identity) {
      const wait = connection.renewals.take(context.now());
      if (wait > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait });
      identity.claims = claims;
    } else {
      if (context.config.RATE_LIMITS === 'on' && this.connectionsOf(claims.sub) >= context.config.MAX_CONNECTIONS_PER_USER)
        return connection.close(closeCodes.abuse, 'too many connections of this user');
      connections.identified(connection);
      connection.identity = { claims, user: roster.add(claims.sub, connection) };
    }
    const { user } = connection.identity ?? {};
    if (!user) return;
    connection.joining = connection.joining.then(() => {
      connection.readyRequestId = requestId;
      return roster.join(user, connection);
    });
  }

  connectionsOf(userId: string): number {
    return this.options.roster.users.get(userId)?.members.size ?? 0;
  }

  #closed(connection: Connection, code: number): void {
    const { connections, roster, counts } = this.options;
    connections.delete(connection);
    if (connection.identity) roster.remove(connection.identity.user, connection);
    if (code === closeCodes.tooSlow) counts.slowCloses += 1;
  }
}
