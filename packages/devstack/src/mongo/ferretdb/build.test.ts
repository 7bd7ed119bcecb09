import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silent } from '../../process/say.js';
import { temporaryDirectory } from '../../process/temporary-directory.js';
import { StandIns } from '../../testing/stand-ins.js';
import { buildFerretDb } from './build.js';

let directory: ReturnType<typeof temporaryDirectory>;
let programs: StandIns;

beforeEach(() => {
  directory = temporaryDirectory();
  programs = new StandIns(directory.path);
  vi.stubEnv('PATH', directory.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  directory.remove();
});

it('builds the pinned release once, without C', async () => {
  programs.add('go', 'echo "cgo $CGO_ENABLED" >> "$log"; /bin/mkdir -p "$GOBIN"; /bin/cp "$0" "$GOBIN/ferretdb"');
  const program = await buildFerretDb(directory.path, silent);
  expect(program).toBe(join(directory.path, 'ferretdb/ferretdb'));
  expect(programs.calls).toEqual(['go install -ldflags=-s -w github.com/FerretDB/FerretDB/v2/cmd/ferretdb@v2.7.0', 'cgo 0']);
  expect(await buildFerretDb(directory.path, silent)).toBe(program);
  expect(programs.calls).toHaveLength(2);
});

it('says how to get Go where there is none', async () => {
  await expect(buildFerretDb(directory.path, silent, { goFolders: '' })).rejects.toThrow('apt-get install golang');
});
