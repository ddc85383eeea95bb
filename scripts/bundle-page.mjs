import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { ROOT, run } from './command.mjs';
import { Trouble } from './say.mjs';

const SOURCES = 'agent/page';
export const PAGE_OUT = 'dist/page';

/** Checks the types of what runs in the browser, and writes the files of the status page and of the page of the API. */
export async function bundlePage() {
  run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `${SOURCES}/browser/tsconfig.json`]);
  mkdirSync(join(ROOT, PAGE_OUT), { recursive: true });
  for (const name of readdirSync(join(ROOT, SOURCES, 'static')))
    copyFileSync(join(ROOT, SOURCES, 'static', name), join(ROOT, PAGE_OUT, name));
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { page: `${SOURCES}/browser/main.ts`, docs: `${SOURCES}/browser/docs.ts` },
      outdir: PAGE_OUT,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      minify: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
  } catch {
    throw new Trouble(`${PAGE_OUT} could not be bundled`);
  } finally {
    // esbuild's service process would live as long as we do.
    await stop();
  }
}
