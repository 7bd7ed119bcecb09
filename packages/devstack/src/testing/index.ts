export { freePort, startChild, temporaryDirectory, type Child } from '../process/index.js';
export { testMongoUrl, testRedisUrl } from './env.js';
export { eventually } from './eventually.js';
export { foreignKey, foreignToken, type ForeignAlgorithm, type ForeignKey } from './foreign-keys.js';
export { IdentityService, type Asked, type Manner } from './identity-service.js';
export { scaled, testScale } from './scale.js';
export { startProxy, type Direction, type ProxyOptions, type TcpProxy } from './tcp-proxy.js';
export { uniqueDatabase, uniqueNamespace } from './unique.js';
