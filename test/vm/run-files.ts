import { basename, join, relative, resolve } from 'node:path';
import { describe } from 'node:test';

const { TSGOV_TEST_BUNDLE } = process.env;

/**
 * Runs test files in this one process, one after another, each with its own hooks: in a guest a process a file would cost a
 * second each. Where there is a bundle of them (test-bundle.ts), they are taken from that.
 */
for (const file of process.argv.slice(2))
  describe(basename(file), async () => {
    await import(
      TSGOV_TEST_BUNDLE === undefined ? resolve(file) : join(TSGOV_TEST_BUNDLE, relative('dist/test/integration', file))
    );
  });
