import { basename, resolve } from 'node:path';
import { describe } from 'node:test';

/**
 * Runs test files in this one process, one after another, each with its own hooks: in a guest a process a file would cost a
 * second each.
 */
for (const file of process.argv.slice(2))
  describe(basename(file), async () => {
    await import(resolve(file));
  });
