import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort } from '@storm/devstack';
import { eventually } from '@storm/devstack/testing';
import { expect, it } from 'vitest';
import { readConfig } from '../src/index.js';
import { testEnv, type Env } from './support/api-config.js';
import { cleanUp } from './support/clean-up.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

function start(env: Env) {
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(([[code], out, err]) => ({
    code: code as number | null,
    out,
    err,
  }));
  return { child, ended };
}

it('has been built', () => {
  expect(existsSync(main), 'run `npm run build` first').toBe(true);
});

it('ends with one line that names the variable when its environment is wrong', async () => {
  const { REFRESH_KEYS: _, ...env } = await testEnv();
  const { code, out, err } = await start(env).ended;
  expect({ code, out, err }).toEqual({ code: 1, out: '', err: "api can't start: REFRESH_KEYS: is missing\n" });
});

it('ends in order on SIGTERM, by running dry', async () => {
  const env = { ...(await testEnv()), PORT: String(await freePort()), LOG_LEVEL: 'info' };
  const { child, ended } = start(env);
  await eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${env.PORT}/readiness`);
    const { checks } = (await response.json()) as { checks: Record<string, string> };
    return checks['schema'] === 'ok';
  });
  child.kill('SIGTERM');
  const { code, out } = await ended;
  expect(code).toBe(0);
  expect(out).toMatch(/"msg":"started"[^]*"msg":"stopping"[^]*"msg":"stopped"/);
  await cleanUp(readConfig(env));
});
