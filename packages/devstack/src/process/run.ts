import { spawn } from 'node:child_process';
import { CommandFailed } from './command-failed.js';

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Written to the command's stdin. */
  input?: string;
  /** The command is killed when this fires; the reason is in the error. */
  signal?: AbortSignal;
}

/** Runs a command to its end and returns what it wrote to stdout. Throws `CommandFailed` with the end of its stderr otherwise. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { env = process.env, cwd, input, signal } = options;
  const child = spawn(command, args, { env, cwd, signal, killSignal: 'SIGKILL', stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints = (complaints + text).slice(-4_000)));
  // A command that does not read its input closes the pipe: its exit code tells whether that was an error.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', (error) =>
      reject(new CommandFailed(command, args, signal?.aborted ? String(signal.reason) : error.message)),
    );
    child.on('close', (code, by) => {
      if (code === 0) resolve(output);
      else reject(new CommandFailed(command, args, `${by ?? `exit code ${code}`}\n${complaints || output.slice(-4_000)}`));
    });
  });
}
