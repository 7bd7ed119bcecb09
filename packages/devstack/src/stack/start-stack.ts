import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { portsFrom } from '../process/free-port.js';
import { silent, step } from '../process/say.js';
import { secretsEnv, writeSecrets } from '../secrets/index.js';
import { openDataDirectory } from './data-directory.js';
import { writeDescription, type StackDescription } from './description.js';
import { serviceNames, type ServiceName, type StackOptions } from './options.js';
import { createServers, type Servers } from './servers.js';
import { createService, type Service } from './service.js';
import { workerAlive } from './worker-alive.js';

/** All of Storm, running: for a first look, for tests that span services, for benchmarks. */
export interface Stack {
  /** As `stack.json` has it now. */
  readonly description: StackDescription;
  readonly servers: Servers;
  readonly services: Readonly<Record<ServiceName, readonly Service[]>>;
  /** Ends everything in reverse order; resolves when it has. Again: a no-op. */
  stop(): Promise<void>;
}

/**
 * Starts Redis, MongoDB and the services as processes of their own, on ports of their own; resolves when all are ready.
 * What dies is started again. It all dies with this process, however that ends. Throws when a part does not start, with the end
 * of its log, after stopping the others.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, fresh = false, unlimited = false, say = silent, external = {}, redisConfig = {}, signal } = options;
  if (fresh && (external.redis ?? external.mongo)) {
    throw new Error('a fresh start can not empty a Redis or MongoDB that was given by its URL: empty it yourself');
  }
  const data = openDataDirectory(dataDir, { fresh });
  const cleanUp: (() => unknown)[] = [() => data.release()];
  let up = false;
  const publish = () => {
    if (up) writeDescription(data.stackFile, describe());
  };

  const servers = await createServers({ data, external, redisConfig, say, onChange: publish });
  const services = { worker: [], api: [], gateway: [] } as Record<ServiceName, Service[]>;

  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopAll());
  async function stopAll(): Promise<void> {
    up = false;
    rmSync(data.stackFile, { force: true });
    for (const clean of cleanUp.reverse()) await clean();
  }

  try {
    await writeSecrets(data.secrets, options.tokens ? { tokens: options.tokens } : {});
    signal?.throwIfAborted();
    await startServers();
    signal?.throwIfAborted();
    await createServices();
    await step(say, { doing: `starting ${counts()}` }, startServices);
    signal?.throwIfAborted();
  } catch (error) {
    await stop();
    throw signal?.aborted ? signal.reason : error;
  }
  up = true;
  publish();
  return {
    servers,
    services,
    stop,
    get description() {
      return describe();
    },
  };

  async function startServers(): Promise<void> {
    const own = [servers.redis, servers.mongo].filter((server) => server !== undefined);
    cleanUp.push(() => Promise.all(own.map((server) => server.stop())));
    // One after the other: each may have to be installed first, and says what it does.
    for (const server of own) await step(say, { doing: `starting ${server.name}` }, () => server.start());
  }

  async function createServices(): Promise<void> {
    const nextPort = portsFrom(options.firstPort);
    const wanted = { api: options.apis ?? 1, gateway: options.gateways ?? 2, worker: options.workers ?? 1 };
    for (const name of ['api', 'gateway', 'worker'] as const) {
      for (let index = 0; index < wanted[name]; index++) {
        const env = { ...commonEnv(name), ...options.env?.(name, index) };
        services[name].push(createService({ name, index, port: await nextPort(), env, logs: data.logs, say, onChange: publish }));
      }
    }
  }

  function commonEnv(name: ServiceName): Record<string, string> {
    return {
      ...secretsEnv(name, join(data.secrets, name)),
      REDIS_URL: servers.redisUrl,
      MONGO_URL: servers.mongoUrl,
      ...(unlimited ? { RATE_LIMITS: 'off' } : {}),
    };
  }

  /** Workers first, so that the others can serve everything once they are ready. Stopped against the stream: what takes in ends first. */
  async function startServices(): Promise<void> {
    for (const name of serviceNames) cleanUp.push(() => Promise.all(services[name].map((service) => service.process.stop())));
    await startAll(services.worker);
    const namespace = options.env?.('worker', 0)['STORM_NAMESPACE'] ?? process.env['STORM_NAMESPACE'];
    if (services.worker.length > 0) await workerAlive(servers.redisUrl, namespace || undefined);
    await startAll([...services.api, ...services.gateway]);
  }

  function counts(): string {
    return serviceNames.map((name) => `${services[name].length} ${name}${services[name].length === 1 ? '' : 's'}`).join(', ');
  }

  function describe(): StackDescription {
    const pids = (running: ({ pid: number } | undefined)[]) => running.flatMap((one) => one?.pid ?? []);
    const each = <T>(of: (name: ServiceName) => T) => ({ api: of('api'), gateway: of('gateway'), worker: of('worker') });
    return {
      api: services.api.map(({ url }) => url),
      gateways: services.gateway.map(({ url }) => `${url.replace('http', 'ws')}/ws`),
      redis: servers.redisUrl,
      mongo: servers.mongoUrl,
      logs: data.logs,
      http: each((name) => services[name].map(({ url }) => url)),
      pids: {
        redis: pids([servers.redis?.current]),
        mongo: pids([servers.mongo?.current]),
        ...each((name) => pids(services[name].map((service) => service.process.current))),
      },
    };
  }
}

/** Starts them at once. Throws when one does not start, after the last has made up its mind. */
async function startAll(services: readonly Service[]): Promise<void> {
  const starts = await Promise.allSettled(services.map((service) => service.process.start()));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) throw failed.reason;
}
