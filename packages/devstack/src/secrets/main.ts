import { parseTokenAlgorithms } from './token-files.js';
import { writeSecrets } from './write-secrets.js';

// What the init container runs: `node main.js DIR`. Ends with 1 and one line when a given secret can't be used.
const dir = process.argv[2] ?? '/secrets';
try {
  await writeSecrets(dir, { tokens: parseTokenAlgorithms(process.env['STORM_TOKENS'] || 'hs256') });
  process.stdout.write(`secrets: all there, in ${dir}\n`);
} catch (error) {
  process.stderr.write(`secrets: ${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = 1;
}
