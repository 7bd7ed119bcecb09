export { filesOf, secretsEnv, type SecretHolder } from './catalogue.js';
export { BadSecret } from './secret-store.js';
export { writeSecrets, type WriteSecretsOptions } from './write-secrets.js';
