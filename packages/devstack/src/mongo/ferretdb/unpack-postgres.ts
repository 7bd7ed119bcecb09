import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../../process/run.js';
import { step, type Say } from '../../process/say.js';
import { downloadDebs } from './debian.js';
import { inside } from './namespace.js';

const packages = ['postgresql-18-documentdb', 'bash', 'coreutils', 'dash'];

/**
 * A tree of files with PostgreSQL and the DocumentDB extension, made of Debian's packages without installing them; needs no
 * root and leaves the machine's own packages alone. Made once; returns its root.
 */
export async function unpackPostgres(cache: string, say: Say, { download = downloadDebs } = {}): Promise<string> {
  const tree = join(cache, 'mongo');
  const ready = join(tree, 'ready');
  if (!existsSync(ready)) {
    await step(say, { doing: 'fetching PostgreSQL with DocumentDB', expect: 'half a minute, 120 MB' }, async () => {
      rmSync(tree, { recursive: true, force: true });
      layOut(tree);
      const debs = await download(cache, packages);
      for (const deb of debs.files) await run('/bin/sh', ['-c', unpackDeb, 'sh', deb, tree]);
      finish(tree);
      debs.remove();
      writeFileSync(ready, '');
    });
  }
  // Where the folders of `Rooms` are mounted.
  for (const place of ['/dev', '/proc', inside.data, inside.sockets]) mkdirSync(join(tree, place), { recursive: true });
  return tree;
}

/** Not `dpkg-deb --extract`, which puts a folder in place of a link. */
const unpackDeb =
  'dpkg-deb --fsys-tarfile "$1" > "$1.tar" && tar -x -f "$1.tar" -C "$2" --keep-directory-symlink --no-same-owner && rm "$1.tar"';

/** As in every Debian since 12, `/bin` and the like are links into `/usr`: packages rely on it. */
function layOut(tree: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(tree, 'usr', name), { recursive: true });
    symlinkSync(join('usr', name), join(tree, name));
  }
}

/** What the packages' scripts would do after unpacking: choose alternatives, and the user that PostgreSQL runs as. */
function finish(tree: string): void {
  const libraries = join('usr/lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const links = {
    [join(libraries, 'libblas.so.3')]: 'blas/libblas.so.3',
    [join(libraries, 'liblapack.so.3')]: 'lapack/liblapack.so.3',
    'usr/share/postgresql/18/extension/postgis.control': 'postgis-3.control',
  };
  for (const [link, target] of Object.entries(links)) {
    if (existsSync(join(tree, dirname(link), target)) && !existsSync(join(tree, link))) symlinkSync(target, join(tree, link));
  }
  mkdirSync(join(tree, 'etc'), { recursive: true });
  writeFileSync(join(tree, 'etc/passwd'), 'mongodb:x:999:999::/:/bin/sh\n');
}
