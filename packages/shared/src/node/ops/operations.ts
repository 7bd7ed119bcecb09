import type { IncomingMessage, ServerResponse } from 'node:http';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { runChecks, type Check } from './checks.js';

interface Options {
  service: string;
  checks: Record<string, Check>;
}

/**
 * `/health` (the process lives: always 200), `/readiness` (200 or 503) and `/metrics` (Prometheus text) of a service.
 * `drain()` makes it unready for good: the first step of a stop.
 */
export class Operations {
  readonly registry = new Registry();
  #draining = false;
  readonly #began = Date.now();

  constructor(private readonly options: Options) {
    this.registry.setDefaultLabels({ service: options.service });
    collectDefaultMetrics({ register: this.registry });
  }

  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Answers a request for one of the three; false when it is for something else. Reasons are for those inside: the words of a
   * failed check may name addresses.
   */
  handle(request: IncomingMessage, response: ServerResponse, path: string, { reasons = true } = {}): boolean {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    const answer = this.#answer(path, reasons);
    answer?.then(
      ({ status, type, body }) => response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
      () => response.writeHead(500).end(),
    );
    return answer !== undefined;
  }

  #answer(path: string, reasons: boolean) {
    switch (path) {
      case '/health':
        return this.#health(reasons);
      case '/readiness':
        return this.#readiness(reasons);
      case '/metrics':
        return this.#metrics();
      default:
        return undefined;
    }
  }

  async #health(reasons: boolean) {
    const { checks } = await this.#check(reasons);
    return json(200, {
      status: 'alive',
      service: this.options.service,
      uptimeSeconds: Math.round((Date.now() - this.#began) / 1000),
      checks,
    });
  }

  async #readiness(reasons: boolean) {
    const { ok, checks } = await this.#check(reasons);
    const ready = ok && !this.#draining;
    return json(ready ? 200 : 503, {
      status: this.#draining ? 'draining' : ok ? 'ready' : 'not ready',
      service: this.options.service,
      checks,
    });
  }

  async #check(reasons: boolean) {
    const result = await runChecks(this.options.checks);
    return reasons ? result : { ...result, checks: withoutReasons(result.checks) };
  }

  async #metrics() {
    return { status: 200, type: this.registry.contentType as string, body: await this.registry.metrics() };
  }
}

const json = (status: number, body: unknown) => ({ status, type: 'application/json', body: JSON.stringify(body) });

const withoutReasons = (checks: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(checks).map(([name, outcome]) => [name, outcome === 'ok' ? outcome : 'failed']));
