import { runService } from '@storm/shared/node';
import { readConfig } from './config.js';
import { createContext } from './context.js';
import { createWorker } from './worker.js';

await runService('worker', () => createWorker(createContext(readConfig(process.env))));
