import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The tests import what is shipped (`#src/…` is `dist/src/…`): worker threads and the kernel binary lie there.
    server: { deps: { external: [/\/dist\//] } },
    pool: 'forks',
    maxWorkers: 2,
    // Long enough for a slow machine with other work: what they end is a test that hangs. Some hooks train models.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: './test/native-backend.ts',
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
})
