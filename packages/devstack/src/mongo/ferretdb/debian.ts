import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../process/run.js';
import { which } from '../../process/which.js';

const listsMaxAgeMs = 4 * 60 * 60_000;

export interface Debs {
  files: string[];
  /** Frees the space when they are unpacked. */
  remove(): void;
}

/**
 * Downloads packages of Debian with all that they depend on, through apt with lists, state and sources of its own: checked by
 * signature, without root, and whatever release the machine itself has. The release is `STORM_DEBIAN_SUITE`, default `sid`.
 */
export async function downloadDebs(
  cache: string,
  packages: readonly string[],
  { keyring = '/usr/share/keyrings/debian-archive-keyring.gpg' } = {},
): Promise<Debs> {
  if (!which('apt-get') || !which('dpkg-deb'))
    throw new Error('PostgreSQL is taken from Debian’s packages, and there is no apt-get here');
  if (!existsSync(keyring)) throw new Error('Debian’s keys are not here: `apt-get install debian-archive-keyring`');
  const suite = process.env['STORM_DEBIAN_SUITE'] ?? 'sid';
  const archives = join(cache, 'mongo-debs');
  rmSync(archives, { recursive: true, force: true });
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const env = await ownApt({ directory: join(cache, `apt-${suite}`), suite, keyring });
  const install = ['install', '-qq', '-y', '--download-only', '-o', `Dir::Cache::archives=${archives}`, ...packages];
  await run('apt-get', install, { env });
  const files = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  return { files: files.map((name) => join(archives, name)), remove: () => rmSync(archives, { recursive: true, force: true }) };
}

interface OwnApt {
  directory: string;
  suite: string;
  keyring: string;
}

/** Sets up an apt of its own in a folder, with fresh lists; returns the environment that makes apt-get use it. */
async function ownApt({ directory, suite, keyring }: OwnApt): Promise<NodeJS.ProcessEnv> {
  for (const name of ['lists/partial', 'archives/partial', 'empty']) mkdirSync(join(directory, name), { recursive: true });
  const sources = join(directory, 'sources.list');
  const settings = [
    ...(await machineFetching()),
    `Dir::State::lists "${directory}/lists";`,
    `Dir::State::status "${directory}/status";`,
    `Dir::Cache "${directory}";`,
    `Dir::Etc::parts "${directory}/empty";`,
    `Dir::Etc::sourceparts "${directory}/empty";`,
    `Dir::Etc::sourcelist "${sources}";`,
    'APT::Install-Recommends "false";',
    // apt's own user can't write into folders of ours.
    'APT::Sandbox::User "";',
  ];
  writeFileSync(join(directory, 'status'), '');
  writeFileSync(join(directory, 'apt.conf'), `${settings.join('\n')}\n`);
  const env = { ...process.env, APT_CONFIG: join(directory, 'apt.conf'), LC_ALL: 'C' };
  if (!existsSync(sources) || Date.now() - statSync(sources).mtimeMs > listsMaxAgeMs) {
    writeFileSync(sources, `deb [signed-by=${keyring}] ${await mirror()} ${suite} main\n`);
    try {
      await run('apt-get', ['update', '-qq'], { env });
    } catch (error) {
      rmSync(sources);
      throw error;
    }
  }
  return env;
}

/** How the machine's apt is set to fetch: its proxies, and what it makes of old lists. */
async function machineFetching(): Promise<string[]> {
  const dump = await run('apt-config', ['dump']);
  return dump.split('\n').filter((line) => /^Acquire::(?:https?|Check)/.test(line));
}

/** The mirror that the machine's apt uses; throws on a machine that is no Debian. */
async function mirror(): Promise<string> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']).catch(() => '');
  const found = targets.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (!found) throw new Error('the sources of this machine name no Debian mirror');
  return found;
}
