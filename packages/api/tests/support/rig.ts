import { randomUUID } from 'node:crypto';
import { eventually } from '@storm/devstack/testing';
import { newUserId } from '@storm/shared/contracts';
import type { Channel, ErrorCode, Message, Meta, Role, User } from '@storm/shared/protocol';
import { createContext as createWorkerContext, createWorker, readConfig as readWorkerConfig, type Worker } from '@storm/worker';
import { expect } from 'vitest';
import request, { type Response, type Test } from 'supertest';
import { createApi, createContext, readConfig, type Context, type Overrides } from '../../src/index.js';
import { toSelf } from '../../src/views/user.js';
import { testEnv, type Env } from './api-config.js';
import { cleanUp } from './clean-up.js';

export const password = 'Correct-horse-1';

export interface Account {
  user: User;
  accessToken: string;
  refreshToken: string;
}

export interface Answer<T> {
  success: boolean;
  data: T;
  error: { code: ErrorCode; message: string; details?: unknown };
  meta: Meta;
}

export const bodyOf = <T = unknown>(response: Response): Answer<T> => response.body as Answer<T>;
export const dataOf = <T>(response: Response): T => bodyOf<T>(response).data;

interface Options {
  env?: Env;
  overrides?: Overrides;
  /** Start a worker too? Default: true. */
  worker?: boolean;
}

/** A real api, in this process, with a real Redis, MongoDB and worker. */
export class Rig {
  readonly #workers: Worker[] = [];
  #passwordHash: Promise<string> | undefined;

  private constructor(
    readonly env: Env,
    readonly context: Context,
    readonly api: ReturnType<typeof createApi>,
  ) {}

  static async start({ env, overrides, worker = true }: Options = {}): Promise<Rig> {
    const whole = await testEnv(env);
    const context = createContext(readConfig(whole), { checkAnswers: true, ...overrides });
    const rig = new Rig(whole, context, createApi(context));
    await rig.api.start();
    if (worker) await rig.startWorker();
    await eventually(() => context.schema.ready);
    return rig;
  }

  get url(): string {
    return `http://127.0.0.1:${this.api.port}`;
  }

  async startWorker(): Promise<Worker> {
    const worker = createWorker(createWorkerContext(readWorkerConfig(this.env)));
    this.#workers.push(worker);
    await worker.start();
    await eventually(async () => (await request(this.url).get('/readiness')).status === 200);
    await eventually(() => this.context.vitals.reading?.workerAlive);
    return worker;
  }

  /** A call of the API, as `account` or as nobody. */
  call(method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, account?: Pick<Account, 'accessToken'>): Test {
    const test = request(this.url)[method](`/api/v1${path}`);
    return account ? test.set('authorization', `Bearer ${account.accessToken}`) : test;
  }

  async register(username = `u_${randomUUID().slice(0, 8)}`): Promise<Account> {
    const body = { username, email: `${username}@example.org`, password };
    return dataOf<Account>(await this.call('post', '/auth/register').send(body).expect(201));
  }

  /** An account of any role, signed in, without the work of registering; its password is that of all. */
  async account(role: Role = 'member'): Promise<Account> {
    const { store, passwords, sessions } = this.context;
    const _id = newUserId();
    const username = `u_${randomUUID().slice(0, 8)}`;
    const passwordHash = await (this.#passwordHash ??= passwords.hash(password));
    const fields = { username, email: `${username}@example.org`, passwordHash, role, isActive: true, createdAt: new Date() };
    const user = await store.users.create({ _id, ...fields });
    return { user: toSelf(user), ...(await sessions.open(user, { device: null, address: null })) };
  }

  /** An account of role admin, signed in as such. */
  async admin(): Promise<Account> {
    const { user } = await this.register();
    await this.context.revoker.changeAccess(user.id, { role: 'admin' });
    const body = { username: user.username, password };
    return dataOf<Account>(await this.call('post', '/auth/login').send(body).expect(200));
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
  }

  async channel(owner: Account, body: object = {}): Promise<Channel> {
    const name = `room ${randomUUID().slice(0, 8)}`;
    return dataOf<Channel>(
      await this.call('post', '/channels', owner)
        .send({ name, ...body })
        .expect(201),
    );
  }

  /** Sends and waits until it is stored. */
  async say(account: Account, channelId: string, text: string): Promise<Message> {
    const body = { messageId: randomUUID(), text, clientTs: Date.now() };
    return dataOf<Message>(
      await this.call('post', `/channels/${channelId}/messages`, account).set('prefer', 'wait=5').send(body).expect(201),
    );
  }

  /** All pages of a list, each a list of its items. */
  async pages<T>(path: string, account: Account): Promise<T[][]> {
    const pages: T[][] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const response: Response = await this.call('get', `${path}${cursor ? `&cursor=${cursor}` : ''}`, account).expect(200);
      const { data, meta } = bodyOf<T[]>(response);
      expect(meta.hasNextPage).toBe(meta.nextCursor !== null);
      pages.push(data);
      cursor = meta.nextCursor;
    }
    return pages;
  }

  /** Stops everything, and leaves nothing behind in Redis or MongoDB. */
  async stop(): Promise<void> {
    await this.stopWorkers();
    await this.api.stop();
    await cleanUp(this.context.config);
  }
}
