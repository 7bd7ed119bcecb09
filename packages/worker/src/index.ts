export { readConfig, workerEnv, type Config } from './config.js';
export { createContext, type Context } from './context.js';
export { createWorker, type Worker } from './worker.js';
