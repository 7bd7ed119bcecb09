import { spawn } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../../tests/support/compile.js';

const service = compile('tests/support/service.ts');
afterAll(() => service.remove());

interface Ended {
  code: number | null;
  signal: string | null;
  /** The messages that were logged; fatal ones may overtake those before them on their way out. */
  logged: string[];
  stderr: string;
  /** From the signal on. */
  ms: number;
}

/** Runs a service in a process of its own, and signals it once it has logged `when`. */
function run(behaviour: string, { when = 'started', signals = [] as NodeJS.Signals[] } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [service.path, behaviour], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, signalled] = ['', '', 0];
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (signalled || signals.length === 0 || !stdout.includes(`"${when}"`)) return;
    signalled = performance.now();
    for (const signal of signals) child.kill(signal);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const lines = stdout.split('\n').filter(Boolean);
      const logged = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
      resolve({ code, signal, logged, stderr, ms: performance.now() - signalled });
    });
  });
}

describe('a service that is run', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops in order on %s and ends by itself with code 0', async (signal) => {
    const { code, logged, stderr } = await run('ordinary', { signals: [signal] });
    expect({ code, logged, stderr }).toEqual({ code: 0, logged: ['started', 'stopping', 'stopped'], stderr: '' });
  });

  it('stops once, however often it is signalled', async () => {
    const { code, logged } = await run('stops slowly', { signals: ['SIGTERM', 'SIGINT', 'SIGTERM'] });
    expect({ code, logged }).toEqual({ code: 0, logged: ['started', 'stopping', 'stopped'] });
  });

  it('is ended at its deadline when it does not stop', async () => {
    const { code, logged, ms } = await run('never stops', { signals: ['SIGTERM'] });
    expect(code).toBe(1);
    expect(logged).toContain('the deadline passed before everything was released');
    expect(ms).toBeGreaterThanOrEqual(190);
  });

  it('is ended at its deadline when it leaves something open', async () => {
    const { code, logged } = await run('leaves something open', { signals: ['SIGTERM'] });
    expect(code).toBe(1);
    expect(logged).toEqual(expect.arrayContaining(['stopped', 'the deadline passed before everything was released']));
  });

  it.each(['fails to stop', 'throws in stop'])('is ended at once when it %s', async (behaviour) => {
    const { code, logged, ms } = await run(behaviour, { signals: ['SIGTERM'] });
    expect(code).toBe(1);
    expect(logged).toContain('did not stop in order');
    expect(ms).toBeLessThan(4_000); // its deadline is 5 s
  });

  it('that fails to start releases what it has and ends with code 1', async () => {
    const { code, logged } = await run('fails to start');
    expect(code).toBe(1);
    expect(logged.sort()).toEqual(['could not start', 'stopped', 'stopping']);
  });

  it('that is stopped while it starts has not failed', async () => {
    const { code, logged } = await run('starts for long', { when: 'starting', signals: ['SIGTERM'] });
    expect({ code, logged }).toEqual({ code: 0, logged: ['starting', 'stopping', 'stopped'] });
  });

  it.each(['throws later', 'rejects later'])('that %s stops, with code 1', async (behaviour) => {
    const { code, logged } = await run(behaviour);
    expect(code).toBe(1);
    expect(logged.sort()).toEqual(['started', 'stopped', 'stopping', 'uncaught']);
  });

  it('ends with one line that names the variable when its environment is wrong, though something is open', async () => {
    const { code, stderr } = await run('has a wrong environment');
    expect({ code, stderr }).toEqual({ code: 1, stderr: "fixture can't start: REDIS_URL: is missing\n" });
  });

  it('ends with the reason when it can not be made', async () => {
    const { code, stderr } = await run('can not be made');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^fixture can't start: Error: no service\n +at /);
  });
});
