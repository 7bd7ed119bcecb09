import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts'],
    coverage: { provider: 'v8', reporter: ['text-summary', 'html'], thresholds: { lines: 90 } },
  },
});
