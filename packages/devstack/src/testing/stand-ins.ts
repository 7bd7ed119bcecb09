import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Programs that note how they were called, to be put on PATH in place of ones that change the machine: for tests. */
export class StandIns {
  constructor(readonly directory: string) {}

  /** Makes a program of a shell script; `$log` in it names the file of notes. */
  add(name: string, script = ''): string {
    const path = join(this.directory, name);
    writeFileSync(path, `#!/bin/sh\nlog='${join(this.directory, 'calls')}'\necho "${name} $*" >> "$log"\n${script}\n`, {
      mode: 0o755,
    });
    return path;
  }

  /** The command lines so far. */
  get calls(): string[] {
    return readFileSync(join(this.directory, 'calls'), 'utf8').trimEnd().split('\n');
  }
}
