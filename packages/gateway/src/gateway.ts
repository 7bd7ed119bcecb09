import type { Duplex } from 'node:stream';
import { checkRedisPolicy, EventSealer, listen, redisReady, type Service, tokenOptions } from '@storm/shared/node';
import { closeCodes } from '@storm/shared/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { Access } from './access/access.js';
import { Connections } from './connection/connections.js';
import type { GatewayContext } from './context.js';
import { drain } from './drain.js';
import { Epoch } from './epoch.js';
import type { FrameContext } from './frames/index.js';
import { createHttpServer } from './http.js';
import { followBeats } from './hub/beats.js';
import { Hub } from './hub/hub.js';
import { restore } from './hub/restore.js';
import { Roster } from './hub/roster.js';
import { Subscriptions } from './hub/subscriptions.js';
import { Leases } from './leases/leases.js';
import { ConnectionCaps } from './limits/connection-caps.js';
import { Strain } from './limits/strain.js';
import { TokenBucket } from './limits/token-bucket.js';
import { Counts, registerMetrics } from './metrics.js';
import { Attendance } from './presence/attendance.js';
import { sweepPresence } from './presence/sweep.js';
import { Visibility } from './presence/visibility.js';
import { Watches } from './presence/watches.js';
import { Reception } from './reception.js';
import { Syncs } from './sync/syncs.js';
import { followSignal } from './typing/follow-signal.js';
import { typingTold } from './typing/told.js';
import { Typists } from './typing/typists.js';
import type { House } from './upgrade/admission.js';
import { upgrade, type Arrival } from './upgrade/upgrade.js';
import { buildWebSocketServer } from './websocket-server.js';

export interface Gateway extends Service {
  /** Where it listens, once started. */
  readonly port: number;
}

/** The gateway: holds connections, takes changes in, brings events out. Nothing runs before `start`. */
export function createGateway(context: GatewayContext): Gateway {
  const { config, log, now, names, redis, subscriber, opener, asker, intake, vitals, replies, operations, closer, checks } =
    context;
  const { revocations, outsiders } = context;
  const limited = config.RATE_LIMITS === 'on';
  const tokens = tokenOptions(config, now);
  const counts = new Counts();

  const connections = new Connections({ now, tickMs: Math.min(1_000, config.HEARTBEAT_MS / 4, config.OUTBOX_STALL_MS / 4) });
  const epoch = new Epoch(vitals, () => {
    log.warn('the database began another life: all clients reload');
    for (const connection of connections.all) connection.close(closeCodes.internal, 'the database began another life');
  });
  const currentEpoch = () => epoch.current ?? '';
  const subscriptions = new Subscriptions({
    redis: subscriber,
    log,
    onBroken: () => hub.pause(),
    onLive: () => {
      void restore({ hub, roster, subscriptions, log });
      void watches.restore();
    },
  });
  const hub = new Hub({
    redis,
    subscriptions,
    names,
    opener,
    asker,
    log,
    now,
    giveUpMs: config.HOLE_MS,
    maxChannels: config.MAX_CHANNELS,
    epoch: currentEpoch,
    onChanged: (changed) => {
      roster.follow(changed);
      typists.follow(changed);
    },
    onTyping: (channel, message) => followSignal(channel, message, { opener, typists, log }),
  });
  const typists = new Typists({
    now,
    channelOf: (id) => hub.channels.get(id),
    connectionsOf: (userId) => roster.users.get(userId)?.members,
  });
  const access = new Access({ revocations, asker, link: subscriptions, log });
  const roster = new Roster({
    hub,
    subscriptions,
    names,
    opener,
    intakeSecrets: config.INTAKE_SECRETS,
    access,
    asker,
    log,
    onStatus: (user, status) => {
      attendance.heard(user.id, status);
      for (const member of user.members) member.send('presence.changed', { userId: user.id, status, lastSeenAt: null });
    },
  });
  const [graceMs, leaseMs] = [config.PRESENCE_GRACE_MS, config.PRESENCE_LEASE_MS];
  const attendance = new Attendance({ redis, names, gatewayId: replies.processId, leaseMs, graceMs, now, log });
  const watches = new Watches({
    redis,
    subscriptions,
    names,
    visibility: new Visibility({ asker, now }),
    mayHear: (watcher) => access.isCurrent(watcher),
    log,
  });
  const leases = new Leases({ redis, now });
  const caps = new ConnectionCaps({
    leases,
    names,
    caps: limited
      ? {
          unauthenticatedPerAddress: config.MAX_UNAUTHENTICATED_PER_ADDRESS,
          connectionsPerUser: config.MAX_CONNECTIONS_PER_USER,
        }
      : undefined,
  });
  const frames: FrameContext = {
    intake,
    redis,
    names,
    tokens,
    outsiders,
    intakeSecrets: config.INTAKE_SECRETS,
    access,
    sealer: new EventSealer(config.EVENT_SECRETS, { now }),
    typing: new TokenBucket(typingTold, now()),
    attendance,
    watches,
    syncs: new Syncs({ hub, asker, log, epoch: currentEpoch, now }),
    limits: context.limits,
    log,
    now,
    identify: (...who) => reception.identify(...who),
  };
  const reception = new Reception({
    context,
    connections,
    roster,
    caps,
    attendance,
    watches,
    counts,
    epoch: currentEpoch,
    frames: () => frames,
  });

  const webSockets = buildWebSocketServer();
  const http = createHttpServer(operations, {
    timeoutMs: config.HTTP_TIMEOUT_MS,
    maxSockets: config.MAX_CONNECTIONS + spareSockets,
  });
  const sockets = new Set<Duplex>();
  const allowedOrigins = new Set(config.ALLOWED_ORIGINS.map((origin) => origin.toLowerCase()));
  const strain = new Strain({ lagMs: config.MAX_LOOP_LAG_MS, rssBytes: config.MAX_RSS_BYTES });
  const house = (): House => ({
    allowedOrigins,
    closedBecause: operations.draining ? 'This gateway is stopping' : (epoch.problem ?? strain.reason),
    connections: connections.all.size,
    maxConnections: config.MAX_CONNECTIONS,
  });
  const upgrading = {
    server: webSockets,
    tokens,
    outsiders,
    trustProxy: config.TRUST_PROXY,
    house,
    caps,
    limits: context.limits,
    onConnection: (arrival: Arrival) => reception.receive(arrival),
  };
  const forget = function (this: Duplex): void {
    sockets.delete(this);
  };
  http.on('upgrade', (request, raw: Duplex, head: Buffer) => {
    sockets.add(raw);
    raw.on('close', forget);
    void upgrade(request, raw, head, upgrading).catch((error: unknown) => {
      log.error({ err: error }, 'an upgrade failed');
      raw.destroy();
    });
  });

  checks['redis'] = () => redis.ping().then(() => undefined);
  checks['events'] = () => ensure(subscriptions.live, 'the link for events is broken');
  checks['epoch'] = () => ensure(epoch.problem === undefined, epoch.problem ?? '');
  checks['replies'] = () => ensure(replies.live, 'the link for replies is broken');
  registerMetrics(operations.registry, { hub, connections, leases, strain, typists, attendance, watches, counts });

  let port = 0;
  let stopping: Promise<void> | undefined;
  return {
    log,
    deadlineMs: config.SHUTDOWN_DEADLINE_MS,
    get port() {
      return port;
    },

    async start() {
      port = await listen(http, { host: config.HOST, port: config.PORT });
      closer.add('http server', http, (server) => new Promise((done) => server.close(done)));
      closer.add('sockets', sockets, (open) => open.forEach((socket) => socket.destroy()));
      await Promise.all([redisReady(redis), redisReady(subscriber)]);
      await checkRedisPolicy(redis, log);
      await vitals.start();
      replies.start();
      followBeats({ subscriptions, names, opener, hub, roster, log });
      subscriptions.start();
      closer.add('subscriptions', subscriptions, (running) => running.stop());
      closer.add('typists', typists, (running) => running.stop());
      closer.add('hub', hub, (running) => running.close());
      leases.start();
      closer.add('leases', leases, (running) => running.stop());
      attendance.start();
      closer.add('attendance', attendance, (running) => running.stop());
      watches.start();
      closer.add('watches', watches, (running) => running.stop());
      closer.add('sweep of presence', sweepPresence({ redis, names, asker, graceMs, now, log }), (end) => end());
      connections.start();
      closer.add('connections', connections, (running) => running.stop());
      closer.add('epoch', epoch, (running) => running.stop());
      epoch.start();
      strain.start();
      closer.add('strain', strain, (running) => running.stop());
      // Who connects before would be degraded for no reason.
      while (!stopping && !(subscriptions.live && replies.live)) await delay(10);
    },

    stop() {
      stopping ??= (async () => {
        operations.drain();
        attendance.linger();
        await drain({ connections: connections.all, windowMs: config.DRAIN_MS, taken: () => intake.drained() });
        await emptied(sockets, config.DRAIN_MS);
        await Promise.race([intake.drained(), delay(1_000, undefined, { ref: false })]);
        await closer.close();
      })();
      return stopping;
    },
  };
}

/** For probes, scrapes and those that are being refused, when all connections are taken. */
const spareSockets = 256;

function ensure(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

/** Resolves when all sockets are gone, or the time is up. */
async function emptied(sockets: ReadonlySet<Duplex>, timeoutMs: number): Promise<void> {
  const open = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  await Promise.race([Promise.all(open), delay(timeoutMs, undefined, { ref: false })]);
}
