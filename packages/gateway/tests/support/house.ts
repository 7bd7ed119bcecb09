import { testRedisUrl, uniqueNamespace } from '@storm/devstack/testing';
import { newSessionId, newUserId, RedisNames } from '@storm/shared/contracts';
import {
  createLogger,
  generateKey,
  generateSealKeys,
  issueTicket,
  parseKeyRing,
  signAccessToken,
  tokenKeys,
} from '@storm/shared/node';
import { randomBytes } from 'node:crypto';
import type { ClientOptions } from 'ws';
import { createContext, createGateway, readConfig, type Gateway, type GatewayContext } from '../../src/index.js';
import { Client } from './client.js';
import { StandInWorker } from './stand-in-worker.js';

type Env = Record<string, string>;
/** A gateway of this process, or one of its own. */
type Port = Pick<Gateway, 'port'>;

/** A deployment of its own name space on the shared Redis: gateways, a stand-in worker, users and clients. */
export class House {
  readonly gateways: Gateway[] = [];
  readonly clients: Client[] = [];

  private constructor(
    readonly env: Env,
    readonly names: RedisNames,
    readonly worker: StandInWorker,
  ) {}

  static async open({ env = {}, redisUrl = testRedisUrl() }: { env?: Env; redisUrl?: string } = {}): Promise<House> {
    const { publicRing, privateRing } = await generateSealKeys('s1');
    const secrets = { INTAKE_SECRETS: generateKey('i1'), EVENT_SECRETS: generateKey('e1'), TOKEN_KEYS: generateKey('t1') };
    const names = new RedisNames(uniqueNamespace(), 2);
    const all: Env = {
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      HOST: '127.0.0.1',
      PORT: '0',
      REDIS_URL: redisUrl,
      STORM_NAMESPACE: names.namespace,
      QUEUE_SHARDS: '2',
      SEAL_PUBLIC_KEYS: publicRing,
      DRAIN_MS: '300',
      LIMIT_CONNECTS_PER_MINUTE: '10000', // all clients of a file have one address
      ...secrets,
      ...env,
    };
    const worker = new StandInWorker({
      redisUrl: testRedisUrl(),
      names,
      sealKeys: parseKeyRing(privateRing),
      intakeSecrets: parseKeyRing(secrets.INTAKE_SECRETS),
      eventSecrets: parseKeyRing(secrets.EVENT_SECRETS),
      log: createLogger('stand-in', 'silent'),
    });
    return new House(all, names, worker);
  }

  /** A house with its worker and one gateway. */
  static async ready(options: { env?: Env; redisUrl?: string } = {}): Promise<House> {
    const house = await House.open(options);
    await house.worker.start();
    await house.gateway();
    return house;
  }

  async gateway(env: Env = {}, overrides: Partial<GatewayContext> = {}): Promise<Gateway> {
    const gateway = createGateway(createContext(readConfig({ ...this.env, ...env }), overrides));
    this.gateways.push(gateway);
    await gateway.start();
    return gateway;
  }

  url(gateway: Port | undefined = this.gateways[0]): string {
    return `ws://127.0.0.1:${gateway?.port}/ws`;
  }

  http(path: string, gateway: Port | undefined = this.gateways[0]): Promise<Response> {
    return fetch(`http://127.0.0.1:${gateway?.port}${path}`);
  }

  /** What the gateway's metrics say now, by name. */
  async scrape(gateway: Port | undefined = this.gateways[0]): Promise<(name: string) => number> {
    const text = await (await this.http('/metrics', gateway)).text();
    return (name) => {
      const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'm').exec(text)?.[1];
      if (value === undefined) throw new Error(`no metric ${name}`);
      return Number(value);
    };
  }

  /** The value of a metric of the gateway. */
  async metric(name: string, gateway: Port | undefined = this.gateways[0]): Promise<number> {
    return (await this.scrape(gateway))(name);
  }

  token(userId: string, ttlSeconds = 900, { sid = newSessionId(), ver = 0 } = {}): string {
    const keys = tokenKeys({ secret: parseKeyRing(this.env['TOKEN_KEYS'] ?? '') });
    const claims = { sub: userId, sid, role: 'member' as const, ver };
    return signAccessToken(claims, ttlSeconds, { keys, issuer: 'storm', audience: 'storm' });
  }

  /** A ticket, as an api makes it; `under` other intake secrets, it is a forged one. */
  ticket(userId: string, { now = Date.now, under = this.env['INTAKE_SECRETS'] ?? '' } = {}): Promise<string> {
    const claims = {
      sub: userId,
      sid: newSessionId(),
      role: 'member' as const,
      ver: 0,
      exp: Math.floor(Date.now() / 1_000) + 900,
    };
    const { redis } = this.worker;
    return issueTicket(claims, { redis, names: this.names, intakeSecrets: parseKeyRing(under), now });
  }

  /** A client that has said nothing yet. */
  async client(
    options: ClientOptions & { protocols?: string[]; url?: string; gateway?: Port | undefined } = {},
  ): Promise<Client> {
    const { url = this.url(options.gateway), gateway: _gateway, ...rest } = options;
    const client = new Client(url, rest);
    this.clients.push(client);
    return client.opened();
  }

  /** A client of a user, ready. */
  async connect(userId: string, gateway: Port | undefined = this.gateways[0], token = this.token(userId)): Promise<Client> {
    const client = await this.client({ url: this.url(gateway), headers: { authorization: `Bearer ${token}` } });
    await client.next('connection.ready');
    return client;
  }

  /** Ends all clients. */
  hangUp(): void {
    for (const { socket } of this.clients.splice(0)) socket.terminate();
  }

  async close(): Promise<void> {
    this.hangUp();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    await this.worker.close();
  }
}

export const aUser = newUserId;
export const aChannelId = (): string => `c${randomBytes(16).toString('base64url')}`;
