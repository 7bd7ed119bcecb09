import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Email, Password, Username } from '@storm/shared/protocol';
import { clientError, redisReady } from '@storm/shared/node';
import { ensureSchema } from '@storm/store';
import { z } from 'zod';
import { operator } from '../audit/audit-event.js';
import { readConfig } from '../config.js';
import { createContext, type Context } from '../context.js';
import { changeAccess } from '../users/change-access.js';
import { createAccount } from '../users/create-account.js';

// `node create-admin.js --username NAME --email ADDRESS` makes an account with the role admin and prints a password for it,
// once; with `--password-stdin` it reads the password instead. `--promote NAME` makes an admin of somebody who has an account.
// Takes the api's environment. Ends with 0, or with 1 and one line that says why.
const usage = 'give --username NAME --email ADDRESS [--password-stdin], or --promote NAME';
const patienceMs = 10_000;

const Arguments = z.union(
  [
    z.strictObject({ promote: Username }),
    z.strictObject({ username: Username, email: Email, 'password-stdin': z.boolean().default(false) }),
  ],
  usage,
);

/** 24 characters of four kinds: about 140 bits. */
function makePassword(): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_.+';
  for (;;) {
    const password = Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join('');
    if (Password.safeParse(password).success) return password;
  }
}

async function promote(username: string, context: Context): Promise<string> {
  const user = await context.store.users.byLogin({ username });
  if (!user) throw new Error(`there is no user ${username}`);
  if (!user.isActive) throw new Error(`${user.username} is deactivated`);
  await changeAccess(user._id, { role: 'admin' }, { actor: operator }, context);
  return `${user.username} is an admin\n`;
}

async function create(
  account: { username: string; email: string },
  given: string | undefined,
  context: Context,
): Promise<string> {
  const password = given === undefined ? makePassword() : Password.parse(given);
  const user = await createAccount({ ...account, password }, context, 'admin');
  await context.audit.record({ actor: operator, action: 'admin-created', target: user._id });
  const made = `${user.username} is made, and is an admin\n`;
  return given === undefined ? `${made}password: ${password}\n` : made;
}

async function main(): Promise<string> {
  const { values } = parseArgs({
    options: {
      username: { type: 'string' },
      email: { type: 'string' },
      promote: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    },
  });
  const asked = Arguments.safeParse(values);
  if (!asked.success) throw new Error(usage);
  const context = createContext(readConfig({ ...process.env, LOG_LEVEL: 'silent' }));
  const { store, redis, config, closer } = context;
  try {
    // Without them what follows fails, and says so.
    await Promise.race([Promise.all([store.connected(), redisReady(redis)]), delay(patienceMs, undefined, { ref: false })]);
    await ensureSchema(store, { shards: config.QUEUE_SHARDS });
    if ('promote' in asked.data) return await promote(asked.data.promote, context);
    const { 'password-stdin': isGiven, ...account } = asked.data;
    const [given] = isGiven ? (await text(process.stdin)).split(/\r?\n/, 1) : [];
    return await create(account, given, context);
  } finally {
    await closer.close();
  }
}

/** A line for the operator, without values of theirs. */
function reasonOf(error: unknown): string {
  const { code, message, details } = clientError(error);
  if (code === 'INTERNAL_ERROR') return error instanceof Error ? error.message : 'failed';
  const issues = z.array(z.object({ path: z.string(), message: z.string() })).safeParse(details);
  return issues.success ? issues.data.map(({ path, message: why }) => `${path || 'password'}: ${why}`).join('; ') : message;
}

try {
  process.stdout.write(await main());
} catch (error) {
  process.stderr.write(`no admin is made: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
