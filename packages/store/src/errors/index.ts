export { DuplicateKey } from './duplicate-key.js';
export { StoreFailure } from './store-failure.js';
export { StoreUnavailable } from './store-unavailable.js';
