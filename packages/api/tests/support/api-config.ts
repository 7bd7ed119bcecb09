import { testMongoUrl, testRedisUrl, uniqueDatabase, uniqueNamespace } from '@storm/devstack/testing';
import { generateKey, generateSealKeys } from '@storm/shared/node';

export type Env = Record<string, string>;

/** An environment for an api and a worker that belong together: own name space, own database, fresh keys, any port. */
export async function testEnv(overrides: Env = {}): Promise<Env> {
  const seal = await generateSealKeys('s1');
  return {
    LOG_LEVEL: process.env['STORM_TEST_LOG'] ?? 'silent',
    HOST: '127.0.0.1',
    PORT: '0',
    REDIS_URL: testRedisUrl(),
    MONGO_URL: testMongoUrl(),
    STORM_NAMESPACE: uniqueNamespace(),
    MONGO_DATABASE: uniqueDatabase(),
    QUEUE_SHARDS: '2',
    TOKEN_KEYS: generateKey('t1'),
    REFRESH_KEYS: generateKey('r1'),
    AUDIT_KEYS: generateKey('a1'),
    TOTP_KEYS: generateKey('o1'),
    SEAL_PUBLIC_KEYS: seal.publicRing,
    SEAL_PRIVATE_KEYS: seal.privateRing,
    INTAKE_SECRETS: generateKey('i1'),
    EVENT_SECRETS: generateKey('e1'),
    MASTER_KEYS: generateKey('m1'),
    RATE_LIMITS: 'off',
    // Cheap hashes: what they cost is not what these tests are about.
    ARGON2_MEMORY_KIB: '64',
    ARGON2_PASSES: '1',
    ...overrides,
  };
}
