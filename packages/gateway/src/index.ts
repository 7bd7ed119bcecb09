export { gatewayEnv, readConfig, type GatewayConfig } from './config.js';
export { createContext, type GatewayContext } from './context.js';
export { createGateway, type Gateway } from './gateway.js';
export { buildWebSocketServer } from './websocket-server.js';
