export * from './clients/index.js';
export * from './mongo/index.js';
export * from './process/index.js';
export * from './redis/index.js';
export * from './secrets/index.js';
export * from './scenario/index.js';
export * from './stack/index.js';
export * from './testing/index.js';
