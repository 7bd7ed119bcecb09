export { metric } from './metric.js';
export { Refused, Rest, type Answer, type RestOptions } from './rest.js';
export { Socket, type Received } from './socket.js';
