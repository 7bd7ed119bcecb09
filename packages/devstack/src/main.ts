import { fileURLToPath } from 'node:url';
import { sayOnTerminal } from './process/say.js';
import { run } from './start/run.js';
import { readOptions, usage, type StartOptions } from './start/options.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const say = sayOnTerminal();

let options: StartOptions | undefined;
try {
  // npm runs scripts in the top folder; a path is meant from where the person is.
  options = readOptions(process.argv.slice(2), { cwd: process.env['INIT_CWD'] ?? process.cwd(), defaultData: `${root}.storm` });
} catch (error) {
  say(`${(error as Error).message}\n\n${usage}`);
  process.exitCode = 2;
}
if (options?.help) process.stdout.write(`${usage}\n`);
else if (options) process.exitCode = await run(options, { say, env: process.env });
