import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';

/** Writes beside `path`, flushed to the disk, and returns the name: whoever renames or links it there puts a whole file in place. */
export async function writeAside(path: string, text: string, mode: number): Promise<string> {
  const aside = `${path}.${randomUUID()}`;
  const file = await open(aside, 'wx', mode);
  try {
    await file.chmod(mode); // the umask may have taken something away
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return aside;
}

/** Replaces a file in one step, if it does not hold this text already. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const held = await readFile(path, 'utf8').catch(() => undefined);
  if (held !== `${text}\n`) await rename(await writeAside(path, text, mode), path);
}

export const remove = (path: string): Promise<void> => rm(path, { force: true });
