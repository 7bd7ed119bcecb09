import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../process/temporary-directory.js';
import { StandIns } from '../../testing/stand-ins.js';
import { downloadDebs } from './debian.js';

let directory: ReturnType<typeof temporaryDirectory>;
let programs: StandIns;
let keyring: string;
const text = (name: string) => readFileSync(join(directory.path, name), 'utf8');

/** Lists a mirror of the machine's own; "downloads" one package to where it is told to. */
const aptGet = `case "$1" in
  indextargets) printf 'http://mirror.test/debian-security/\\nhttp://mirror.test/debian/\\n' ;;
  install) for word; do case "$word" in Dir::Cache::archives=*) echo deb > "${'$'}{word#*=}/one.deb" ;; esac; done ;;
esac`;

beforeEach(() => {
  directory = temporaryDirectory();
  programs = new StandIns(directory.path);
  keyring = join(directory.path, 'keyring.gpg');
  writeFileSync(keyring, '');
  programs.add('dpkg-deb');
  programs.add('apt-config', `echo 'Acquire::http::Proxy "http://proxy.test";'; echo 'Dir "/";'`);
  vi.stubEnv('PATH', directory.path);
  vi.stubEnv('STORM_DEBIAN_SUITE', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  directory.remove();
});

it('asks the mirror and proxy of the machine, for signed lists, with state of its own', async () => {
  programs.add('apt-get', `echo "by $APT_CONFIG" >> "$log"; ${aptGet}`);
  const debs = await downloadDebs(directory.path, ['some-package'], { keyring });
  expect(text('apt-sid/sources.list')).toBe(`deb [signed-by=${keyring}] http://mirror.test/debian/ sid main\n`);
  const settings = text('apt-sid/apt.conf').trim().split('\n');
  expect(settings).toContain('Acquire::http::Proxy "http://proxy.test";');
  expect(settings).toContain(`Dir::State::lists "${directory.path}/apt-sid/lists";`);
  expect(settings).not.toContain('Dir "/";');
  const install = programs.calls.findIndex((call) => call.startsWith('apt-get install'));
  expect(programs.calls.slice(install)).toEqual([
    expect.stringMatching(/--download-only .* some-package$/),
    `by ${directory.path}/apt-sid/apt.conf`,
  ]);
  expect(debs.files).toEqual([join(directory.path, 'mongo-debs/one.deb')]);
  debs.remove();
  expect(existsSync(join(directory.path, 'mongo-debs'))).toBe(false);
});

it('fetches the lists again only when they are old', async () => {
  programs.add('apt-get', aptGet);
  await downloadDebs(directory.path, [], { keyring });
  await downloadDebs(directory.path, [], { keyring });
  expect(programs.calls.filter((call) => call.startsWith('apt-get update'))).toHaveLength(1);
});

it('takes another release when told to', async () => {
  vi.stubEnv('STORM_DEBIAN_SUITE', 'forky');
  programs.add('apt-get', aptGet);
  await downloadDebs(directory.path, [], { keyring });
  expect(text('apt-forky/sources.list')).toMatch(/\/debian\/? forky main/);
});

it('says so where the machine names no mirror of Debian', async () => {
  programs.add('apt-get');
  await expect(downloadDebs(directory.path, [], { keyring })).rejects.toThrow('no Debian mirror');
});

it('does not take lists for fresh that it could not fetch', async () => {
  programs.add('apt-get', `case "$1" in update) echo no route >&2; exit 100 ;; esac\n${aptGet}`);
  await expect(downloadDebs(directory.path, [], { keyring })).rejects.toThrow('no route');
  expect(existsSync(join(directory.path, 'apt-sid/sources.list'))).toBe(false);
});

it('names what is missing on a machine that is no Debian', async () => {
  await expect(downloadDebs(directory.path, [], { keyring })).rejects.toThrow('no apt-get');
  programs.add('apt-get');
  await expect(downloadDebs(directory.path, [], { keyring: '/no/such/keyring' })).rejects.toThrow(
    'apt-get install debian-archive-keyring',
  );
});
