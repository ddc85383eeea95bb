import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { ROOT } from './command.mjs';
import { Trouble } from './say.mjs';

/**
 * The command line is one CommonJS file: on Node 20 that starts in a third of the time of the same modules as ESM. Each dynamic
 * `import()` of a command stays lazy inside it. The agent and what probes the node are not bundled: `#agent/main.js` and
 * `#agent/node/*` are resolved by Node at run time through package.json `imports`, so they find dist/native beside themselves.
 */
export const BUNDLE = {
  entry: 'src/cli/main.ts',
  outfile: 'dist/bin/tsgov.cjs',
  external: ['#agent/main.js', '#agent/node/*', 'koffi'],
};

/** Packages of the agent; finding one in the client's bundle means an import went the wrong way. */
const AGENT_ONLY = ['koffi', 'fastify', '@fastify/', 'prom-client', 'systeminformation', 'pino'];

const BANNER = `#!/usr/bin/env node
const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;`;

/** Writes the executable bundle of the command line; throws Trouble when it holds what a client must not load. */
export async function bundleCli() {
  const result = await bundled({
    absWorkingDir: ROOT,
    entryPoints: [BUNDLE.entry],
    outfile: BUNDLE.outfile,
    external: BUNDLE.external,
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
    throw new Trouble(`${BUNDLE.outfile} could not be bundled`);
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
