import { runService } from '@storm/shared/node';
import { readConfig } from './config.js';
import { createContext } from './context.js';
import { createGateway } from './gateway.js';

await runService('gateway', () => createGateway(createContext(readConfig(process.env))));
