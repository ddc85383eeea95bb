import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildAll } from './build.mjs';
import { ROOT, run } from './command.mjs';
import { main } from './say.mjs';
import { ensureApt, RUN_NEEDS, TEST_NEEDS } from './setup.mjs';
import { filesUnder, step } from './step.mjs';

/** `npm run bench [-- --json] [--rounds N]`: builds, compiles the C contestants, measures. Only the result goes to stdout. */
await main(async () => {
  ensureApt([...RUN_NEEDS, ...TEST_NEEDS]);
  await buildAll();
  for (const source of filesUnder(['test/bench'], (name) => name.endsWith('.c'))) await compile(source);
  const args = ['dist/test/bench/main.js', '--programs', join(ROOT, 'build/bench'), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', ...args], { cwd: ROOT, stdio: 'inherit' });
  return status ?? 1;
});

function compile(source) {
  const program = `build/bench/${basename(source, '.c')}`;
  mkdirSync(join(ROOT, 'build/bench'), { recursive: true });
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static'];
  return step({
    name: `bench-${basename(source)}`,
    inputs: [source],
    outputs: [program],
    work: () => run('gcc', [...flags, source, '-o', program]),
  });
}
