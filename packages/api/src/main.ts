import { runService } from '@storm/shared/node';
import { readConfig } from './config.js';
import { createContext } from './context.js';
import { createApi } from './server.js';

await runService('api', () => createApi(createContext(readConfig(process.env))));
