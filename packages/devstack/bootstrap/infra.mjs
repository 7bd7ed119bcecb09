// Redis and MongoDB alone, until Ctrl-C: node packages/devstack/bootstrap/infra.mjs [--redis-port N] [--mongo-port N] [--data DIR]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setUp } from './set-up.mjs';

const built = join(root, 'packages/devstack/dist/infra.js');
await setUp({ build: !existsSync(built) });
await import(pathToFileURL(built).href);
