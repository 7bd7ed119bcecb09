import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { cpuMs } from './cpu.js';

export interface Figures {
  perSecond: number;
  /** User and system time of the server under test for one of what is counted, in microseconds. */
  cpuEach: number;
}

interface Measurement {
  serverPid: number;
  warmUpMs: number;
  measureMs: number;
}

/**
 * Load processes, over IPC: each gets its part of the work, says when it is ready, and from then on answers `count` with how
 * much it has seen done.
 */
export class CountingProcesses {
  readonly #children: ChildProcess[];

  constructor(program: string, count: number) {
    this.#children = Array.from({ length: count }, () => fork(program));
  }

  /** Gives each process what `partOf` says, and waits until all are ready. */
  async start(partOf: (i: number) => object): Promise<void> {
    await Promise.all(
      this.#children.map(async (child, i) => {
        child.send(partOf(i));
        await once(child, 'message');
      }),
    );
  }

  /** What is done per second after the warm-up, and what one costs the server's process. */
  async measure({ serverPid, warmUpMs, measureMs }: Measurement): Promise<Figures> {
    await wait(warmUpMs);
    const [count, cpu, from] = [await this.#total(), cpuMs([serverPid]), performance.now()];
    await wait(measureMs);
    const [done, spent, took] = [(await this.#total()) - count, cpuMs([serverPid]) - cpu, performance.now() - from];
    return { perSecond: (done / took) * 1_000, cpuEach: (spent / done) * 1_000 };
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  async #total(): Promise<number> {
    const counts = await Promise.all(
      this.#children.map(async (child) => {
        child.send('count');
        const [count] = (await once(child, 'message')) as [number];
        return count;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}
