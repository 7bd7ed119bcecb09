/** What is generated once and kept. Everything that a service gets is one of these, or made of them. */
export const storedSecrets = [
  'token_keys',
  'token_signing_keys',
  'refresh_keys',
  'audit_keys',
  'totp_keys',
  'seal_private_keys',
  'intake_secrets',
  'event_secrets',
  'master_keys',
  'redis_password',
  'mongo_password',
] as const;

export type StoredSecret = (typeof storedSecrets)[number];

/**
 * Which file goes to whom. Each has a folder of its own and sees no other: the api can't read what opens the queue, the
 * events or the stored messages.
 */
export const filesOf = {
  api: [
    'token_keys',
    'token_signing_keys',
    'token_public_keys',
    'refresh_keys',
    'audit_keys',
    'totp_keys',
    'seal_public_keys',
    'intake_secrets',
    'redis_url',
    'mongo_url',
  ],
  gateway: ['token_keys', 'token_public_keys', 'seal_public_keys', 'intake_secrets', 'event_secrets', 'redis_url'],
  worker: ['seal_private_keys', 'intake_secrets', 'event_secrets', 'master_keys', 'redis_url', 'mongo_url'],
  redis: ['redis.conf', 'redis_password'],
  mongo: ['mongo_password'],
} as const;

export type SecretHolder = keyof typeof filesOf;

/** What the environment of a holder says for its files: `TOKEN_KEYS_FILE=/run/secrets/token_keys`. */
export function secretsEnv(holder: 'api' | 'gateway' | 'worker', folder: string): Record<string, string> {
  return Object.fromEntries(filesOf[holder].map((file) => [`${file.toUpperCase()}_FILE`, `${folder}/${file}`]));
}
