// npm run bench -- NAME [options]: a benchmark of bench/. Needs nothing but Node.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setUp } from './set-up.mjs';
import { giveUp, root, runHere } from './terminal.mjs';

const [name, ...args] = process.argv.slice(2);
const names = readdirSync(join(root, 'bench/src')).filter((one) => existsSync(join(root, 'bench/src', one, 'main.ts')));
if (!name || !names.includes(name)) giveUp(`usage: npm run bench -- NAME [options], NAME one of ${names.join(', ')}`);

await setUp({ build: 'bench' });
process.exitCode = (await runHere(process.execPath, [join(root, 'bench/dist', name, 'main.js'), ...args])).code;
