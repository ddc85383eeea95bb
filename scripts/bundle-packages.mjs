import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './command.mjs';

/** Where Node looks first for what dist/ imports; packages published have none of it. */
export const PACKAGES_DIR = 'dist/node_modules';

/**
 * typebox as two files instead of seven hundred: each process that tests a part of tsgov reads it, and in an emulated guest that
 * takes six seconds. What is shipped is bundled whole (bundle.mjs) and does not look here.
 */
export async function bundleTypebox() {
  const out = join(ROOT, PACKAGES_DIR, 'typebox');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: { index: 'typebox', compile: 'typebox/compile' },
    absWorkingDir: ROOT,
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  const manifest = { name: 'typebox', type: 'module', exports: { '.': './index.mjs', './compile': './compile.mjs' } };
  writeFileSync(join(out, 'package.json'), JSON.stringify(manifest));
}
