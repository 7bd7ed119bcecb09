/** The Redis that tests share, by `STORM_TEST_REDIS_URL`. Keep to a name space of your own (`uniqueNamespace`). */
export const testRedisUrl = (): string => required('STORM_TEST_REDIS_URL');

/** The MongoDB that tests share, by `STORM_TEST_MONGO_URL`, without a database. Keep to a database of your own (`uniqueDatabase`). */
export const testMongoUrl = (): string => required('STORM_TEST_MONGO_URL');

function required(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(
      `${name} is not set. \`npm test\` starts what tests need; for vitest alone start \`node packages/devstack/bootstrap/infra.mjs\` and set it.`,
    );
  }
  return value;
}
