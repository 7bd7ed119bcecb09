import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { User } from '@storm/shared/protocol';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/index.js';
import { testEnv, type Env } from './support/api-config.js';
import { dataOf, password, Rig, type Account } from './support/rig.js';

const command = fileURLToPath(new URL('../dist/cli/create-admin.js', import.meta.url));
const named = {
  FIRST_ADMIN_USERNAME: 'root_one',
  FIRST_ADMIN_EMAIL: 'root@example.org',
  FIRST_ADMIN_PASSWORD: password,
};

async function admins(rig: Rig): Promise<string[]> {
  const users = await rig.context.store.users.page({ limit: 100 });
  return users.filter(({ role }) => role === 'admin').map(({ username }) => username);
}

const login = (rig: Rig, username: string, given = password) =>
  rig.call('post', '/auth/login').send({ username, password: given });

describe('an environment that names the first admin', () => {
  it('makes one, of however many apis start at once, and none at later starts', async () => {
    const env = await testEnv(named);
    const rigs = await Promise.all([1, 2, 3].map(() => Rig.start({ env, worker: false })));
    const [first, second, third] = rigs as [Rig, Rig, Rig];
    expect(await admins(first)).toEqual(['root_one']);
    const root = dataOf<Account>(await login(first, 'root_one').expect(200));
    expect(root.user.role).toBe('admin');
    const created = await first.context.store.audit.range(0, 100);
    expect(created.filter(({ action }) => action === 'admin-created')).toMatchObject([
      { actor: 'operator', target: root.user.id },
    ]);

    await third.api.stop();
    const later = await Rig.start({
      env: { ...env, FIRST_ADMIN_USERNAME: 'root_two', FIRST_ADMIN_EMAIL: 'b@example.org' },
      worker: false,
    });
    expect(await admins(later)).toEqual(['root_one']);
    await Promise.all([later.api.stop(), second.api.stop()]);
    await first.stop();
  });

  it('takes over nobody who has the name, and no weak password; says so, serves all the same, and never shows the password', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const rig = await Rig.start({ worker: false });
    const member = await rig.register('root_one');
    const taken = await Rig.start({ env: { ...rig.env, ...named }, worker: false, overrides: { log } });
    const weak = { ...named, FIRST_ADMIN_USERNAME: 'root_two', FIRST_ADMIN_PASSWORD: 'Password1!' };
    const easy = await Rig.start({ env: { ...rig.env, ...weak }, worker: false, overrides: { log } });
    expect(await admins(rig)).toEqual([]);
    expect(dataOf<User>(await rig.call('get', '/users/me', member).expect(200)).role).toBe('member');
    const told = lines.filter((line) => line.includes('the first admin could not be made'));
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('The username is taken');
    expect(told[1]).toContain('too easy to guess');
    expect(lines.join()).not.toMatch(/Correct-horse|Password1!|argon2id/);
    await Promise.all([taken.api.stop(), easy.api.stop()]);
    await rig.stop();
  });

  it('names all three parts, or the api does not start', async () => {
    const { FIRST_ADMIN_PASSWORD: _, ...two } = named;
    const env = await testEnv();
    expect(() => readConfig({ ...env, ...two })).toThrow('FIRST_ADMIN_PASSWORD: is missing');
    expect(() => readConfig({ ...env, ...named, FIRST_ADMIN_PASSWORD: 'short' })).toThrow(/^FIRST_ADMIN_PASSWORD: (?!.*short)/);
  });
});

describe('the command that makes an admin', () => {
  let rig: Rig;
  beforeAll(async () => void (rig = await Rig.start({ worker: false })));
  afterAll(() => rig.stop());

  /** Runs it as an operator does. */
  async function run(args: string[], { stdin = '', env = rig.env }: { stdin?: string; env?: Env } = {}) {
    const child = spawn(process.execPath, [command, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end(stdin);
    const [, out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
    return { code: child.exitCode, out, err };
  }

  it('prints a password once, which signs in', async () => {
    const { code, out, err } = await run(['--username', 'root_a', '--email', 'root_a@example.org']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const given = /^root_a is made, and is an admin\npassword: (\S{24})\n$/.exec(out)?.[1] ?? '';
    expect(dataOf<Account>(await login(rig, 'root_a', given).expect(200)).user.role).toBe('admin');
  });

  it('takes a password from its input and does not repeat it', async () => {
    const args = ['--username', 'root_b', '--email', 'root_b@example.org', '--password-stdin'];
    expect(await run(args, { stdin: `${password}\n` })).toEqual({ code: 0, out: 'root_b is made, and is an admin\n', err: '' });
    await login(rig, 'root_b').expect(200);
    const again = await run(args, { stdin: password });
    expect(again).toEqual({ code: 1, out: '', err: 'no admin is made: The username is taken\n' });
  });

  it('makes an admin of who has an account; their tokens from before are refused', async () => {
    const member = await rig.register('some_member');
    expect(await run(['--promote', 'Some_Member'])).toEqual({ code: 0, out: 'some_member is an admin\n', err: '' });
    await rig.call('get', '/users/me', member).expect(401);
    expect(dataOf<Account>(await login(rig, 'some_member').expect(200)).user.role).toBe('admin');
  });

  it.each([
    ['without arguments', [], '', 'give --username NAME --email ADDRESS [--password-stdin], or --promote NAME'],
    ['for nobody', ['--promote', 'nobody'], '', 'there is no user nobody'],
    ['with a weak password', ['--username', 'c_c', '--email', 'c@x.org', '--password-stdin'], 'Password1!', 'too easy to guess'],
    ['with no password', ['--username', 'c_c', '--email', 'c@x.org', '--password-stdin'], '', 'password: '],
  ])('refuses %s, and says why in one line', async (_how, args, stdin, why) => {
    const { code, out, err } = await run(args, { stdin });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(why);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).not.toContain('Password1!');
  });
});
