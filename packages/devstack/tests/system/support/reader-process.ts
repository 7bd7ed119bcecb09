import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface ReaderOptions {
  url: string;
  token: string;
  channelId: string;
}

/** What one client of it heard since it was last asked. */
const Report = z.object({
  /** Of each message, in the order in which they came: its `seq`, the first word of its text, and the milliseconds on its way. */
  heard: z.array(z.tuple([z.number(), z.string(), z.number()])),
  /** How its connections ended; it came back each time. */
  codes: z.array(z.number()),
});
export type Report = z.infer<typeof Report>;

const program = fileURLToPath(new URL('./readers.mjs', import.meta.url));

/**
 * A process with some clients that only listen to one channel. The second word of each text is when it was sent, in milliseconds
 * since the epoch: performance.timeOrigin + performance.now().
 */
export class ReaderProcess {
  readonly #child: ChildProcess = fork(program, { execArgv: [] });

  /** Resolves when all of them are let in. */
  async connect(clients: readonly ReaderOptions[]): Promise<void> {
    await this.#ask({ clients, until: -1 });
  }

  /** Resolves when all of them are in and have come up to this change: one report for each. */
  report(until: number): Promise<Report[]> {
    return this.#ask({ until });
  }

  /** Keeps it from running, as a laptop that is closed; its sockets stay open. */
  suspend(): void {
    this.#child.kill('SIGSTOP');
  }

  wake(): void {
    this.#child.kill('SIGCONT');
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(question: object): Promise<Report[]> {
    const answer = once(this.#child, 'message', { signal: AbortSignal.timeout(60_000) });
    this.#child.send(question);
    return z.array(Report).parse((await answer)[0]);
  }
}
