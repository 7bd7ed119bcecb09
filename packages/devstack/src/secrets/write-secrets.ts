import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { filesOf, type SecretHolder } from './catalogue.js';
import { publicRing } from './public-ring.js';
import { openSecretStore, readSecret, type Secrets } from './secret-store.js';
import { tokenFiles, type TokenAlgorithms } from './token-files.js';
import { replaceFile } from './write-file.js';

export interface WriteSecretsOptions {
  /** Where Redis listens: `redis:6379` by default. */
  redisHost?: string;
  /** Where MongoDB listens: `mongo:27017` by default. */
  mongoHost?: string;
  /** How access tokens are signed and verified: `['hs256']` by default. */
  tokens?: TokenAlgorithms;
}

/**
 * Makes sure that all secrets exist (`dir/store`, 0600) and that every holder has a copy of its own and of no others
 * (`dir/<holder>`, 0440: the group is that of the process, so that a container which has it as a group can read them).
 *
 * Run it again as often as you like: what is in the store stays, copies follow it. A `redis_url` or `mongo_url` in the store
 * is handed out as it is; without one it is composed from the password.
 */
export async function writeSecrets(
  dir: string,
  { redisHost = 'redis:6379', mongoHost = 'mongo:27017', tokens = ['hs256'] }: WriteSecretsOptions = {},
) {
  const store = join(dir, 'store');
  const secrets = await openSecretStore(store);
  const files: Record<string, string> = {
    ...secrets,
    ...derived(secrets, redisHost, mongoHost),
    ...tokenFiles(secrets, tokens),
    ...(await given(store, ['redis_url', 'mongo_url'])),
  };
  for (const holder of Object.keys(filesOf) as SecretHolder[]) {
    const folder = join(dir, holder);
    await mkdir(folder, { recursive: true, mode: 0o750 });
    for (const file of filesOf[holder]) await replaceFile(join(folder, file), files[file] ?? '', 0o440);
  }
}

function derived({ seal_private_keys, redis_password, mongo_password }: Secrets, redisHost: string, mongoHost: string) {
  return {
    seal_public_keys: publicRing(seal_private_keys),
    redis_url: `redis://:${encodeURIComponent(redis_password)}@${redisHost}`,
    mongo_url: `mongodb://storm:${encodeURIComponent(mongo_password)}@${mongoHost}/?authSource=admin`,
    // Redis takes no password from a file; on its command line every user of the machine would see it.
    'redis.conf': `requirepass ${JSON.stringify(redis_password)}`,
  };
}

async function given(store: string, names: string[]): Promise<Record<string, string>> {
  const entries = await Promise.all(names.map(async (name) => [name, await readSecret(store, name)] as const));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
