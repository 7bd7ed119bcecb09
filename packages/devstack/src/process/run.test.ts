import { expect, it } from 'vitest';
import { CommandFailed } from './command-failed.js';
import { run } from './run.js';

it('returns what the command wrote to stdout, given its input', async () => {
  expect(await run('sh', ['-c', 'tr a-z A-Z; echo noise >&2'], { input: 'hello' })).toBe('HELLO');
});

it('fails with the command line, the exit code and what was said on stderr', async () => {
  const failed = run('sh', ['-c', 'echo out of paper >&2; exit 3']);
  await expect(failed).rejects.toThrow(CommandFailed);
  await expect(failed).rejects.toThrow(/sh -c .*: exit code 3\nout of paper$/s);
});

it('fails with what was said on stdout when stderr stayed empty', async () => {
  await expect(run('sh', ['-c', 'echo out of ink; exit 1'])).rejects.toThrow('out of ink');
});

it('fails when there is no such program', async () => {
  await expect(run('no-such-program', [])).rejects.toThrow(/no-such-program: .*ENOENT/);
});

it('kills the command when its signal fires', async () => {
  const abort = new AbortController();
  const running = run('sleep', ['60'], { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('sleep 60: Error: enough');
});
