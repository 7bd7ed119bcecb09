export { filesOf, secretsEnv, type SecretHolder } from './catalogue.js';
export { BadSecret } from './secret-store.js';
export type { TokenAlgorithms } from './token-files.js';
export { writeSecrets, type WriteSecretsOptions } from './write-secrets.js';
