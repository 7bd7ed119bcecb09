import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForeignKey } from './foreign-keys.js';

/** What it was asked. */
export interface Asked {
  path: string;
  headers: IncomingHttpHeaders;
}

/** How it answers: as it should, or not at all, or in any other way. */
export type Manner = 'well' | 'never' | ((response: ServerResponse) => void);

/** An identity service as a company may have one, on the loopback interface: publishes keys, and says who brings a credential. */
export class IdentityService {
  readonly asked: Asked[] = [];
  /** What `/keys` publishes. */
  keys: ForeignKey[] = [];
  /** What `/profile` says, by `Authorization` or `Cookie`; 401 for all others. */
  readonly profiles = new Map<string, object>();
  manner: Manner = 'well';
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(({ url: path = '', headers }, response) => {
      this.asked.push({ path, headers });
      if (this.manner === 'never') return;
      if (this.manner !== 'well') return this.manner(response);
      if (path === '/keys') return answer(response, 200, { keys: this.keys.map(({ jwk }) => jwk) });
      const profile = this.profiles.get(headers.authorization ?? headers.cookie ?? '');
      return path === '/profile' && profile ? answer(response, 200, profile) : answer(response, 401, { error: 'who are you' });
    });
  }

  static async start(...keys: ForeignKey[]): Promise<IdentityService> {
    const service = new IdentityService();
    service.keys = keys;
    await new Promise<void>((listening) => service.#server.listen(0, '127.0.0.1', listening));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get keysUrl(): string {
    return `${this.url}/keys`;
  }

  get profileUrl(): string {
    return `${this.url}/profile`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
