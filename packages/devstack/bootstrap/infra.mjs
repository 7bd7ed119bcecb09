// Redis and MongoDB alone, until Ctrl-C, for vitest by hand:
// node packages/devstack/bootstrap/infra.mjs [--redis-port N] [--mongo-port N] [--maxmemory SIZE] [--data DIR]
import { built, setUp } from './set-up.mjs';

await setUp();
await built('infra/main.js');
