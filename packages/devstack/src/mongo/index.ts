export { MongoCounter } from './mongo-counter.js';
export { findMongo, type MongoProgram } from './find.js';
export type { MongoServer } from './server.js';
export { startMongo, type MongoOptions } from './start.js';
