import { defineConfig } from 'vitest/config';

/** What every workspace's tests share: packages resolve to their sources, so that a test never runs a stale build. */
export const projectConfig = (name: string) =>
  defineConfig({
    resolve: { conditions: ['source'] },
    ssr: { resolve: { conditions: ['source', 'node', 'import', 'default'] } },
    test: {
      name,
      include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
      testTimeout: 30_000,
      hookTimeout: 60_000,
      pool: 'forks',
    },
  });
