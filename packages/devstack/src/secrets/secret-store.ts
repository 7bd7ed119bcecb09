import { link, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKeyRing } from '@storm/shared/node';
import { storedSecrets, type StoredSecret } from './catalogue.js';
import { generateSecret } from './generate.js';
import { remove, writeAside } from './write-file.js';

export type Secrets = Record<StoredSecret, string>;

/** A secret that was given can't be used. The message names the file, never its content. */
export class BadSecret extends Error {
  override name = 'BadSecret';
}

/**
 * Reads the secrets of a folder and generates those that are missing. What is there stays, whoever put it there. Of two that
 * do it at once both get the same. Throws `BadSecret` for a file that does not hold what its name says.
 */
export async function openSecretStore(folder: string): Promise<Secrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const entries: [StoredSecret, string][] = [];
  for (const name of storedSecrets)
    entries.push([name, check(name, (await readSecret(folder, name)) ?? (await create(folder, name)))]);
  return Object.fromEntries(entries) as Secrets;
}

/** The text of a file, without white space around it; undefined when there is none. */
export async function readSecret(folder: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, name), 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new BadSecret(`${name}: can't read the file (${code ?? 'unknown'})`);
  }
}

/** A link, unlike a rename, does not replace what another one made meanwhile. */
async function create(folder: string, name: StoredSecret): Promise<string> {
  const aside = await writeAside(join(folder, name), await generateSecret(name), 0o600);
  try {
    await link(aside, join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await remove(aside);
  }
  return (await readSecret(folder, name)) ?? '';
}

function check(name: StoredSecret, text: string): string {
  if (!text) throw new BadSecret(`${name}: the file is empty`);
  if (name.endsWith('_password')) return text;
  try {
    parseKeyRing(text);
  } catch (error) {
    throw new BadSecret(`${name}: ${(error as Error).message}`);
  }
  return text;
}
