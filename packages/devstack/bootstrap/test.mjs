// npm test: every test, on a Redis and a MongoDB of their own. Needs nothing but Node.
import { built, setUp } from './set-up.mjs';

await setUp();
const { runTests } = await built('test-run/run-tests.js');
process.exitCode = await runTests(process.argv.slice(2));
