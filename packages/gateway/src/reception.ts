import { StormError } from '@storm/shared/node';
import { closeCodes, type AccessClaims, type ChannelId } from '@storm/shared/protocol';
import { introduce } from './access/introduce.js';
import { Connection, type ConnectionOptions } from './connection/connection.js';
import type { Connections } from './connection/connections.js';
import { Receiver, type ReceiveOptions } from './connection/receive.js';
import type { GatewayContext } from './context.js';
import type { FrameContext } from './frames/index.js';
import type { Roster } from './hub/roster.js';
import type { Counts } from './metrics.js';
import type { ConnectionCaps } from './limits/connection-caps.js';
import type { Attendance } from './presence/attendance.js';
import type { Watches } from './presence/watches.js';
import { Flusher } from './outbox/flusher.js';
import type { Arrival } from './upgrade/upgrade.js';

interface Options {
  context: GatewayContext;
  connections: Connections;
  roster: Roster;
  caps: ConnectionCaps;
  attendance: Attendance;
  watches: Watches;
  counts: Counts;
  epoch: () => string;
  /** What the frames of its connections work with. */
  frames: () => FrameContext;
}

/** Receives sockets: makes a connection of each, learns who it is, and sees it off. */
export class Reception {
  readonly #connecting: ConnectionOptions;
  #receiving: ReceiveOptions | undefined;

  constructor(private readonly options: Options) {
    const { context, epoch } = options;
    const { config, now } = context;
    const limits = {
      softBytes: config.OUTBOX_SOFT_BYTES,
      hardBytes: config.OUTBOX_HARD_BYTES,
      stallMs: config.OUTBOX_STALL_MS,
    };
    this.#connecting = {
      outbox: { limits, flusher: new Flusher(), now },
      heartbeatMs: config.HEARTBEAT_MS,
      authenticateMs: config.AUTHENTICATE_MS,
      expiringMs: config.SESSION_EXPIRING_MS,
      maxSeconds: config.MAX_CONNECTION_SECONDS,
      now,
      epoch,
      onBehind: (behind, channelId, seq) => this.#catchUp(behind, channelId, seq),
      onClosed: (closed, code) => this.#closed(closed, code),
    };
  }

  /** Takes in an upgraded socket. */
  receive(arrival: Arrival): void {
    const { socket, address, credentials } = arrival;
    const { log } = this.options.context;
    const connection = new Connection(arrival, this.#connecting);
    this.options.connections.add(connection);
    if (credentials.kind === 'invalid') return connection.close(closeCodes.unauthorized, 'the token is not valid');
    const receiver = new Receiver(connection, (this.#receiving ??= this.#receiveOptions()));
    socket.on('message', (data, isBinary) => receiver.receive(data, isBinary));
    socket.on('ping', () => receiver.control());
    socket.on('pong', () => {
      if (!connection.pong()) receiver.control();
    });
    if (credentials.kind === 'claims') receiver.hold(this.#admit(connection, credentials.claims));
    if (credentials.kind === 'outside') {
      const { recognise } = credentials;
      receiver.hold(introduce(connection, () => recognise(address), { log, identify: (...who) => this.identify(...who) }));
    }
  }

  /**
   * Makes somebody of a connection, or renews who it is. Closes it when that may not be; rejects with RATE_LIMIT_EXCEEDED when
   * it is too often. Settles when the token was looked at once: what the client sends next is dealt with after.
   */
  async identify(connection: Connection, claims: AccessClaims, requestId?: string): Promise<void> {
    if (connection.closed) return;
    if (connection.identity) return this.#renew(connection, claims, requestId);
    const lease = await this.options.caps.ofUser(claims.sub, connection.id);
    if (connection.closed) return lease?.release();
    if (!lease) return connection.close(closeCodes.abuse, 'too many connections of this user');
    connection.lease.release(); // its address' one
    connection.lease = lease;
    return this.#admit(connection, claims, requestId);
  }

  /** The first time. Its user's lease is taken. */
  async #admit(connection: Connection, claims: AccessClaims, requestId?: string): Promise<void> {
    const { roster } = this.options;
    const user = roster.add(claims.sub, connection);
    connection.identify({ claims, user });
    const looked = roster.clear(user, connection);
    this.#join(connection, looked, requestId);
    await looked.catch(() => undefined); // to join goes on asking
    this.#present(connection);
  }

  async #renew(connection: Connection, claims: AccessClaims, requestId?: string): Promise<void> {
    const { roster, context } = this.options;
    const { identity } = connection;
    if (!identity) return;
    if (identity.claims.sub !== claims.sub) return connection.close(closeCodes.unauthorized, 'that is somebody else');
    const wait = connection.renewals.take(context.now());
    if (wait > 0) throw new StormError('RATE_LIMIT_EXCEEDED', { retryAfterMs: wait });
    const isSameAccess = identity.claims.sid === claims.sid && identity.claims.ver === claims.ver;
    connection.identify({ ...identity, claims });
    try {
      await roster.clear(identity.user, connection);
    } catch (error) {
      // The same access was checked before, and nothing was said against it since.
      if (!isSameAccess) return connection.close(closeCodes.internal, 'try again');
      context.log.debug({ err: error }, 'a renewal goes on unchecked');
    }
    this.#join(connection, Promise.resolve(), requestId);
  }

  #receiveOptions(): ReceiveOptions {
    const { context, frames, counts } = this.options;
    const { config, log, now } = context;
    const framesPerMinute = config.RATE_LIMITS === 'on' ? config.FRAMES_PER_MINUTE : undefined;
    return { context: frames(), log, now, framesPerMinute, counts };
  }

  #join(connection: Connection, looked: Promise<void>, requestId: string | undefined): void {
    connection.joining = connection.joining.then(() => {
      const { user } = connection.identity ?? {};
      connection.readyRequestId = requestId;
      return user && this.options.roster.join(user, connection, looked);
    });
    void connection.joining.then(() => this.#present(connection));
  }

  /** Its token was checked: its user is here. */
  #present(connection: Connection): void {
    const { identity } = connection;
    if (!identity || connection.closed || connection.clearedIn === undefined) return;
    const userId = identity.user.id;
    void this.options.attendance.enter(userId, connection).then((status) => {
      if (status !== undefined && status !== 'online' && !connection.closed)
        connection.send('presence.changed', { userId, status, lastSeenAt: null });
    });
  }

  #catchUp(connection: Connection, channelId: ChannelId, seq: number): void {
    const { frames, epoch } = this.options;
    try {
      frames().syncs.request(connection, { epoch: epoch(), channels: { [channelId]: seq } }, undefined);
    } catch {
      connection.close(closeCodes.internal, 'too much waits to be caught up'); // it comes back and syncs
    }
  }

  #closed(connection: Connection, code: number): void {
    const { connections, roster, attendance, watches, counts } = this.options;
    connections.delete(connection);
    watches.leave(connection);
    if (connection.identity) {
      attendance.leave(connection.identity.user.id, connection);
      roster.remove(connection.identity.user, connection);
    }
    if (code === closeCodes.tooSlow) counts.slowCloses += 1;
  }
}
