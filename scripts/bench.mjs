import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { buildAll } from './build.mjs';
import { ROOT, run } from './command.mjs';
import { main } from './say.mjs';
import { ensureApt, RUN_NEEDS, TEST_NEEDS } from './setup.mjs';
import { filesUnder, step } from './step.mjs';

/** `npm run bench [-- --json] [--rounds N]`: builds, compiles the C contestants, measures. Only the result goes to stdout. */
await main(async () => {
  ensureApt([...RUN_NEEDS, ...TEST_NEEDS]);
  await buildAll();
  for (const { name, sources } of contestants()) await compile(name, sources);
  const args = ['dist/test/bench/main.js', '--programs', join(ROOT, 'build/bench'), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', ...args], { cwd: ROOT, stdio: 'inherit' });
  return status ?? 1;
});

/** A program for each C file of test/bench, and one for each folder of them. */
function contestants() {
  const programs = new Map();
  for (const source of filesUnder(['test/bench'], (name) => /\.[ch]$/.test(name))) {
    const [first] = relative(join(ROOT, 'test/bench'), source).split(sep);
    const name = basename(first, '.c');
    programs.set(name, [...(programs.get(name) ?? []), source]);
  }
  return [...programs].map(([name, sources]) => ({ name, sources }));
}

function compile(name, sources) {
  const program = `build/bench/${name}`;
  mkdirSync(join(ROOT, 'build/bench'), { recursive: true });
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-static'];
  const units = sources.filter((source) => source.endsWith('.c'));
  return step({
    name: `bench-${name}`,
    inputs: sources,
    outputs: [program],
    work: () => run('gcc', [...flags, ...units, '-o', program]),
  });
}
