import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { V8_FLAGS } from '../dist/agent/contract/v8-flags.js';
import { ROOT } from './command.mjs';
import { Trouble } from './say.mjs';

/**
 * The command line is one CommonJS file: on Node 20 that starts in a third of the time of the same modules as ESM. Each dynamic
 * `import()` of a command stays lazy inside it. What probes the node is not bundled: `#agent/node/*` is resolved by Node at run time
 * through package.json `imports`. The agent is a bundle of its own, beside this one.
 */
export const BUNDLE = {
  entry: 'src/cli/main.ts',
  outfile: 'dist/bin/tsgov.cjs',
  external: ['#agent/node/*', 'koffi'],
};

/** The screen of `tsgov top`, beside it: no other command reads it. */
export const TOP_BUNDLE = {
  entry: 'src/top/top.ts',
  outfile: 'dist/bin/top.cjs',
};

/**
 * The agent with its packages is one script: its five hundred files take Node half a second to find and read, this one a tenth, and a
 * quarter of that when V8 need not parse it, which load-agent.cjs sees to. It lies as deep in dist/ as agent/main.js, so that both
 * find dist/native from where they are.
 */
export const AGENT_BUNDLE = {
  entry: 'agent/main.ts',
  outfile: 'dist/bin/agent-bundle.js',
  loader: 'dist/bin/agent.cjs',
  cache: 'dist/bin/agent-bundle.cache',
  external: ['koffi'],
};

/** Packages of the agent; finding one in the client's bundle means an import went the wrong way. */
const AGENT_ONLY = ['koffi', 'fastify', '@fastify/', 'prom-client', 'pino', 'typebox', 'libsql'];

// Node takes --env-file for its own wherever it stands, unless -- is before it; env -S is not everywhere. The second line is sh and JavaScript.
// One malloc arena: what a thread freed, another can use (an agent of a hundred containers takes 4 MB less).
const BANNER = `#!/bin/sh
':' //; MALLOC_ARENA_MAX=1 exec node ${V8_FLAGS.join(' ')} -- "$0" "$@"
const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

/** Writes the agent's bundle, what loads it, and what V8 made of it. */
export async function bundleAgent() {
  await bundled({
    absWorkingDir: ROOT,
    entryPoints: [AGENT_BUNDLE.entry],
    outfile: AGENT_BUNDLE.outfile,
    external: AGENT_BUNDLE.external,
    plugins: [wholePackages],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    // A script of vm has no import() of its own.
    supported: { 'dynamic-import': false },
    // V8 keeps the text for as long as the agent runs. Names are what a stack trace is read by, and lines that are not all in one.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 120,
    legalComments: 'none',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: '(function (module, exports, require, __filename, __dirname, __importMetaUrl) {' },
    footer: { js: '})' },
    logLevel: 'warning',
  });
  plainAscii(join(ROOT, AGENT_BUNDLE.outfile));
  copyFileSync(join(ROOT, 'scripts/load-agent.cjs'), join(ROOT, AGENT_BUNDLE.loader));
  // With the flags that agents run with: V8 takes only what was made under the same.
  execFileSync(process.execPath, [...V8_FLAGS, join(ROOT, AGENT_BUNDLE.loader), '--write-cache'], { stdio: 'inherit' });
}

/** A byte a character: half of the memory. esbuild escapes what is in strings; only comments are left. */
function plainAscii(path) {
  const text = readFileSync(path, 'utf8').replace(/^\s*(?:\/\*|\*|\/\/).*$/gm, (comment) => comment.replace(/\P{ASCII}/gu, '?'));
  const other = /^.*\P{ASCII}.*$/mu.exec(text);
  if (other !== null) throw new Trouble(`${path}: characters outside of ASCII are not in a comment: ${other[0]}`);
  writeFileSync(path, text);
}

/** `#agent/main.js` and `#src/top/top.js` in the command line are bundles of their own, found beside it. */
const bundlesBeside = {
  name: 'bundles-beside',
  setup(build) {
    build.onResolve({ filter: /^#agent\/main\.js$/ }, () => ({ path: './agent.cjs', external: true }));
    build.onResolve({ filter: /^#src\/top\/top\.js$/ }, () => ({ path: './top.cjs', external: true }));
  },
};

/** Not as bundle-packages.mjs puts it together, of which nothing could be left out. */
const wholePackages = {
  name: 'whole-packages',
  setup(build) {
    build.onResolve({ filter: /^typebox(\/|$)/ }, ({ path, kind, resolveDir }) =>
      resolveDir === ROOT || resolveDir.includes('node_modules') ? undefined : build.resolve(path, { kind, resolveDir: ROOT }),
    );
  },
};

/** Writes the bundles of the command line; throws Trouble when one holds what a client must not load. */
export async function bundleCli() {
  await bundleClient(TOP_BUNDLE, `const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`);
  await bundleClient(BUNDLE, BANNER);
  chmodSync(join(ROOT, BUNDLE.outfile), 0o755);
}

async function bundleClient({ entry, outfile }, banner) {
  const result = await bundled({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    external: BUNDLE.external,
    plugins: [bundlesBeside, wholePackages],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: banner },
    metafile: true,
    logLevel: 'warning',
  });
  refuseForeign(outfile, Object.keys(result.metafile.inputs));
}

/** esbuild prints what is wrong itself. */
async function bundled(options) {
  try {
    return await build(options);
  } catch {
    throw new Trouble(`${options.outfile} could not be bundled`);
  } finally {
    // esbuild's service process would live as long as we do.
    await stop();
  }
}

function refuseForeign(outfile, inputs) {
  for (const input of inputs) {
    const name = input.split('node_modules/').at(-1);
    if (input.includes('node_modules/')) {
      if (AGENT_ONLY.some((each) => name.startsWith(each)))
        throw new Trouble(`${outfile}: ${name} belongs to the agent and must not be loaded by the command line`);
    } else if (outfile === BUNDLE.outfile && input.startsWith('src/top/')) {
      throw new Trouble(`${outfile}: ${input} belongs to the screen, which no other command is to load`);
    } else if (readFileSync(join(ROOT, input), 'utf8').includes('import.meta')) {
      throw new Trouble(
        `${input}: import.meta has another meaning in the bundle; use #room/… specifiers (CONTRIBUTING.md, "Paths at run time")`,
      );
    }
  }
}
