import { defineConfig } from 'vitest/config';

/** What every workspace's tests share: packages resolve to their sources, so that a test never runs a stale build. */
export const projectConfig = (name: string, { isolate = false } = {}) =>
  defineConfig({
    resolve: { conditions: ['source'] },
    // Handed to node as --conditions too: `import` among them would give a CommonJS package the ESM half of what it requires.
    ssr: { resolve: { conditions: ['source', 'node'] } },
    test: {
      name,
      include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
      testTimeout: 30_000,
      hookTimeout: 60_000,
      pool: 'forks',
      // Files of a process share what they import: a third of the time goes there. Nothing of ours is kept in modules.
      isolate,
    },
  });
