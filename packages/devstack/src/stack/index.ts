export { StackDescription } from './description.js';
export type { ServiceName, StackOptions } from './options.js';
export type { Servers } from './servers.js';
export type { Service } from './service.js';
export { startStack, type Stack } from './start-stack.js';
