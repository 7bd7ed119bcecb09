export { apiEnv, readConfig, type Config } from './config.js';
export { createContext, type Context, type Overrides } from './context.js';
export { createApi } from './server.js';
export { createApp } from './app.js';
export { operations } from './routes/index.js';
export type { Operation } from './http/operation.js';
