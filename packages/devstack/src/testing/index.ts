export { testMongoUrl, testRedisUrl } from './env.js';
export { eventually } from './eventually.js';
export { scaled, testScale } from './scale.js';
export { startProxy, type Direction, type ProxyOptions, type TcpProxy } from './tcp-proxy.js';
export { uniqueDatabase, uniqueNamespace } from './unique.js';
