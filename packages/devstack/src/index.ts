export * from './mongo/index.js';
export * from './process/index.js';
export * from './redis/index.js';
export * from './testing/index.js';
