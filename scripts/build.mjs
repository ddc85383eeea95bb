import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBpf } from './bpf.mjs';
import { ROOT, run } from './command.mjs';
import { main, say, Trouble } from './say.mjs';
import { BUILD_NEEDS, ensureApt, ensureNodeModules } from './setup.mjs';
import { filesUnder, step } from './step.mjs';

const ROOMS = ['src', 'agent', 'runtime', 'native', 'dashboards', 'test'];
const isTs = (name) => name.endsWith('.ts');

/**
 * Brings dist/ up to date: packages, version, TypeScript, native binaries (make also generates
 * their headers), BPF objects, the pages, the bundles of command line and agent. What
 * is up to date is skipped. With `keepGoing`, type errors are printed but do not stop the build (tsc emits all the same).
 */
export async function buildAll({ keepGoing = false } = {}) {
  ensureNodeModules();
  ensureApt(BUILD_NEEDS);
  writeVersion();
  const sources = filesUnder(ROOMS, isTs);
  await tolerate(keepGoing, () =>
    step({
      name: 'typescript',
      inputs: [...sources, ...filesUnder(['tsconfig.json', 'package-lock.json'])],
      outputs: ['dist/.tsbuildinfo'],
      work: () => {
        removeStale(sources);
        run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
      },
    }),
  );
  await step({
    name: 'typebox in one file',
    inputs: filesUnder(['package-lock.json', 'scripts/bundle-packages.mjs']),
    outputs: ['dist/node_modules/typebox/package.json'],
    work: async () => (await import('./bundle-packages.mjs')).bundleTypebox(),
  });
  await tolerate(keepGoing, () => run('make', ['-s', '-k', '-C', 'native', 'OUT=../dist/native']));
  await tolerate(keepGoing, () => ensureBpf());
  await tolerate(keepGoing, () =>
    step({
      name: 'page',
      inputs: [
        ...filesUnder(['agent/page', 'agent/client/sse.ts', 'agent/client/lines.ts', 'agent/contract'], () => true),
        ...filesUnder(['package-lock.json', 'scripts/bundle-page.mjs', 'tsconfig.json']),
      ],
      outputs: ['dist/page/index.html', 'dist/page/page.js'],
      work: async () => (await import('./bundle-page.mjs')).bundlePage(),
    }),
  );
  await tolerate(keepGoing, () =>
    step({
      name: 'bundle',
      inputs: [
        ...filesUnder(['src', 'agent', 'runtime', 'native'], isTs),
        ...filesUnder(['package-lock.json', 'package.json', 'scripts/bundle.mjs', 'scripts/load-agent.cjs', 'tsconfig.json']),
      ],
      extra: [process.version],
      outputs: [
        'dist/bin/tsgov.cjs',
        'dist/bin/top.cjs',
        'dist/bin/agent.cjs',
        'dist/bin/agent-bundle.js',
        'dist/bin/agent-bundle.cache',
      ],
      work: async () => {
        const { bundleAgent, bundleCli } = await import('./bundle.mjs');
        await bundleAgent();
        await bundleCli();
      },
    }),
  );
}

/** With --keep-going a broken part does not keep the others from being built. */
async function tolerate(keepGoing, work) {
  try {
    await work();
  } catch (error) {
    if (!keepGoing || !(error instanceof Trouble)) throw error;
    say(`going on (--keep-going) after: ${error.message}`);
  }
}

/** Output whose source is gone would still be imported, and its tests still run. */
function removeStale(sources) {
  const known = new Set(sources.map((path) => relative(ROOT, path).replace(/\.ts$/, '')));
  const outputs = filesUnder(
    ROOMS.map((room) => `dist/${room}`),
    (name) => /\.(js|js\.map|d\.ts)$/.test(name),
  );
  for (const path of outputs) {
    const source = relative(join(ROOT, 'dist'), path).replace(/\.(js|js\.map|d\.ts)$/, '');
    if (!known.has(source)) rmSync(path);
  }
}

/** package.json owns the version; agent/contract/version.ts carries it to code that is bundled or not. */
function writeVersion() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const path = join(ROOT, 'agent/contract/version.ts');
  const text = `/** tsgov's version; written by scripts/build.mjs from package.json. */\nexport const VERSION = '${version}';\n`;
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => buildAll({ keepGoing: process.argv.includes('--keep-going') }));
}
