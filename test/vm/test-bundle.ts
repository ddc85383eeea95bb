import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin, stop } from 'esbuild';
import { cgroupMode } from '#test/support/requires.js';
import { ENVIRONMENTS } from './environments.js';
import { leftOutIn } from './host-only.js';

const TESTS = 'dist/test/integration';
/** Binaries come with them. */
const EXTERNAL = ['koffi', 'libsql'];

/**
 * The integration tests that guests run, with all that they import in few files, in a new directory below `dist`, by their names there;
 * gone when this process ends. A guest spends ten seconds of a CPU on finding and reading those thousand files, three on these.
 */
export async function bundleGuestTests(root: string): Promise<string> {
  const parent = join(root, 'dist/test-bundles');
  mkdirSync(parent, { recursive: true });
  const outdir = mkdtempSync(join(parent, 'guests-'));
  process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
  await build({
    absWorkingDir: root,
    entryPoints: guestTests(root),
    outbase: join(root, TESTS),
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: EXTERNAL,
    plugins: [whereItWas],
    // Specifiers mean what they mean to Node, not the sources.
    tsconfigRaw: {},
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  // esbuild's service process would live as long as we do.
  await stop();
  return outdir;
}

function guestTests(root: string): string[] {
  const dir = join(root, TESTS);
  const leftOut = ENVIRONMENTS.map(({ name }) => leftOutIn(name, cgroupMode()));
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.js') && leftOut.some((files) => !(basename(file, '.test.js') in files)))
    .map((file) => join(dir, file));
}

/** What a module finds relative to itself it finds relative to where it was before. */
const whereItWas: Plugin = {
  name: 'where-it-was',
  setup({ onLoad }) {
    onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => ({
      loader: 'js',
      contents: readFileSync(path, 'utf8')
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.filename', JSON.stringify(path))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};
