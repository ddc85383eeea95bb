import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
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

/**
 * The agent with its packages is one ES module: its five hundred files take Node half a second to find and read, this one a tenth. It
 * lies as deep in dist/ as agent/main.js, so that both find dist/native from where they are.
 */
export const AGENT_BUNDLE = {
  entry: 'agent/main.ts',
  outfile: 'dist/bin/agent.mjs',
  external: ['koffi'],
};

/** CommonJS packages inside an ES module ask for node's own modules by require. */
const AGENT_BANNER = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

/** Packages of the agent; finding one in the client's bundle means an import went the wrong way. */
const AGENT_ONLY = ['koffi', 'fastify', '@fastify/', 'prom-client', 'pino', 'typebox', 'libsql'];

// Node takes --env-file for its own wherever it stands, unless -- is before it; env -S is not everywhere. The second line is sh and JavaScript.
const BANNER = `#!/bin/sh
':' //; exec node --max-semi-space-size=1 --heap-growing-percent=15 -- "$0" "$@"
const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

/** Writes the agent's bundle. */
export async function bundleAgent() {
  await bundled({
    absWorkingDir: ROOT,
    entryPoints: [AGENT_BUNDLE.entry],
    outfile: AGENT_BUNDLE.outfile,
    external: AGENT_BUNDLE.external,
    plugins: [wholePackages],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // Names are what a stack trace is read by.
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: AGENT_BANNER },
    logLevel: 'warning',
  });
}

/** `#agent/main.js` in the command line is the agent's bundle, found beside it. */
const agentBeside = {
  name: 'agent-beside',
  setup(build) {
    build.onResolve({ filter: /^#agent\/main\.js$/ }, () => ({ path: './agent.mjs', external: true }));
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

/** Writes the executable bundle of the command line; throws Trouble when it holds what a client must not load. */
export async function bundleCli() {
  const result = await bundled({
    absWorkingDir: ROOT,
    entryPoints: [BUNDLE.entry],
    outfile: BUNDLE.outfile,
    external: BUNDLE.external,
    plugins: [agentBeside, wholePackages],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { 'import.meta.url': '__importMetaUrl' },
    banner: { js: BANNER },
    metafile: true,
    logLevel: 'warning',
  });
  refuseForeign(Object.keys(result.metafile.inputs));
  chmodSync(join(ROOT, BUNDLE.outfile), 0o755);
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

function refuseForeign(inputs) {
  for (const input of inputs) {
    const name = input.split('node_modules/').at(-1);
    if (input.includes('node_modules/')) {
      if (AGENT_ONLY.some((each) => name.startsWith(each)))
        throw new Trouble(`${BUNDLE.outfile}: ${name} belongs to the agent and must not be loaded by the command line`);
    } else if (readFileSync(join(ROOT, input), 'utf8').includes('import.meta')) {
      throw new Trouble(
        `${input}: import.meta has another meaning in the bundle; use #room/… specifiers (CONTRIBUTING.md, "Paths at run time")`,
      );
    }
  }
}
