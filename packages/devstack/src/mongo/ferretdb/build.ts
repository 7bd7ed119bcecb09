import { join } from 'node:path';
import { run } from '../../process/run.js';
import { step, type Say } from '../../process/say.js';
import { isExecutable, which } from '../../process/which.js';

const module = 'github.com/FerretDB/FerretDB/v2/cmd/ferretdb@v2.7.0';

/** Builds FerretDB from its source with Go, once; returns the program's path. Static, so that it runs on any Linux. */
export async function buildFerretDb(
  cache: string,
  say: Say,
  { goFolders = '/usr/local/go/bin:/usr/lib/go/bin' } = {},
): Promise<string> {
  const directory = join(cache, 'ferretdb');
  const program = join(directory, 'ferretdb');
  if (isExecutable(program)) return program;
  const go = which('go') ?? which('go', { PATH: goFolders });
  if (!go) {
    throw new Error(
      'FerretDB is built with Go 1.25 or later, which is not here. Install it (`apt-get install golang`, or from go.dev).',
    );
  }
  const env = { ...process.env, CGO_ENABLED: '0', GOBIN: directory };
  await step(say, { doing: 'building FerretDB', expect: 'about a minute' }, () =>
    run(go, ['install', '-ldflags=-s -w', module], { env }),
  );
  return program;
}
