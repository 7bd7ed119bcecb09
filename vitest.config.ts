import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Vitest leaves one core free; most of what these tests do is wait for other processes.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: ['packages/*/vitest.config.ts'],
    coverage: { provider: 'v8', reporter: ['text-summary', 'html'], thresholds: { lines: 90 } },
  },
});
