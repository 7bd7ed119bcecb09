import type { ServerResponse } from 'node:http';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Intake } from '@storm/shared/node';
import type { Passwords } from './auth/passwords.js';

/** What `/metrics` says beside the process's own figures. Labels are operations and statuses, never ids. */
export class Metrics {
  readonly #durations: Histogram<'operation' | 'status'>;
  readonly #hashes: Counter;

  constructor(
    private readonly registry: Registry,
    intake: Intake,
  ) {
    this.#durations = new Histogram({
      name: 'storm_http_request_duration_seconds',
      help: 'Time from a request to its answer, by operation and status',
      labelNames: ['operation', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    this.#hashes = new Counter({
      name: 'storm_password_hashes_total',
      help: 'Passwords hashed: to verify or to store',
      registers: [registry],
    });
    new Gauge({
      name: 'storm_intake_changes',
      help: 'Changes that wait here for their job, and those whose verdict is not in',
      labelNames: ['state'],
      registers: [registry],
      collect() {
        const { waiting, underWay } = intake.depth;
        this.set({ state: 'waiting' }, waiting);
        this.set({ state: 'under_way' }, underWay);
      },
    });
  }

  passwordHashed(): void {
    this.#hashes.inc();
  }

  /** Says how many hashes run and wait at a time. */
  watch(passwords: Pick<Passwords, 'depth'>): void {
    new Gauge({
      name: 'storm_password_hashes_under_way',
      help: 'Passwords that are being hashed, and that wait for it',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        const { running, waiting } = passwords.depth;
        this.set({ state: 'running' }, running);
        this.set({ state: 'waiting' }, waiting);
      },
    });
  }

  /** Measures until the answer is sent, or the caller is gone. */
  time({ method, path }: { method: string; path: string }, response: ServerResponse): void {
    const end = this.#durations.startTimer({ operation: `${method.toUpperCase()} ${path}` });
    response.once('close', () => end({ status: String(response.statusCode) }));
  }
}
