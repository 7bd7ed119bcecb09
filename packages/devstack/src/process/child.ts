import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailed } from './command-failed.js';
import { logTail } from './log-tail.js';
import { reap, spare } from './reaper.js';
import { waitUntil } from './wait-until.js';

export interface ChildOptions {
  /** For messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where stdout and stderr are appended; its folder is made. */
  logFile: string;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StopOptions {
  /** The request to end. Default: SIGTERM. */
  signal?: NodeJS.Signals;
  /** How long the process may take before SIGKILL. Default: 10,000 ms. */
  deadlineMs?: number;
}

/** A process of its own group and session (Ctrl-C at the terminal reaches the parent alone), which dies with this one. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles once, when the process has ended. */
  readonly exited: Promise<Exit>;
  isRunning(): boolean;
  /** Polls until the check is truthy; throws with the end of the log if the process ends before or the time is up. */
  ready<T>(check: () => T | Promise<T>, timeoutMs?: number): Promise<NonNullable<T>>;
  /** Asks it to end, kills it at the deadline; resolves when it has ended. Again: a no-op. */
  stop(options?: StopOptions): Promise<Exit>;
  /** SIGKILL to the whole group; resolves when it has ended. */
  kill(): Promise<Exit>;
}

/** Starts a process. Throws `CommandFailed` if it can't be started. */
export async function startChild({ name, command, args, env, cwd, logFile }: ChildOptions): Promise<Child> {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env: env ?? process.env, cwd, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new CommandFailed(command, args, error.message)));
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  reap(pid);
  void exited.then(() => spare(pid));

  const isRunning = () => child.exitCode === null && child.signalCode === null;

  async function stop({ signal = 'SIGTERM', deadlineMs = 10_000 }: StopOptions = {}): Promise<Exit> {
    if (isRunning()) child.kill(signal);
    const deadline = setTimeout(() => void kill(), deadlineMs);
    return exited.finally(() => clearTimeout(deadline));
  }

  async function kill(): Promise<Exit> {
    try {
      if (isRunning()) process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // It has just ended, and the news of it is on its way.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    return exited;
  }

  async function ready<T>(check: () => T | Promise<T>, timeoutMs = 30_000): Promise<NonNullable<T>> {
    const gone = new AbortController();
    void exited.then(({ code, signal }) =>
      gone.abort(new Error(`${name} ended (${signal ?? `exit code ${code}`}) before it was ready`)),
    );
    try {
      return await waitUntil(check, { timeoutMs, what: `${name} to be ready`, signal: gone.signal });
    } catch (error) {
      throw new Error(`${(error as Error).message}; its log ${logFile} ends with:\n${logTail(logFile)}`, { cause: error });
    }
  }

  return { name, pid, logFile, exited, isRunning, ready, stop, kill };
}
