export { findRedis } from './find.js';
export { startRedis, type RedisOptions, type RedisServer } from './start.js';
