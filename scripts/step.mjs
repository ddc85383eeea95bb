import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './command.mjs';
import { say } from './say.mjs';

const STAMPS = join(ROOT, 'dist/.stamps');

/**
 * Runs `work` unless its inputs (files or directories, by path, size and mtime; `extra` strings) are the ones of its last success
 * and its outputs exist. A failed step leaves no stamp.
 */
export async function step({ name, inputs, extra = [], outputs, work }) {
  const stamp = join(STAMPS, name);
  const signature = sign(inputs, extra);
  const known = existsSync(stamp) && readFileSync(stamp, 'utf8') === signature;
  if (known && outputs.every((path) => existsSync(join(ROOT, path)))) return;
  const began = performance.now();
  rmSync(stamp, { force: true });
  await work();
  mkdirSync(STAMPS, { recursive: true });
  writeFileSync(stamp, signature);
  say(`${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

/** All files under the given paths (relative to the root) whose name passes `keep`, sorted. Missing paths hold none. */
export function filesUnder(paths, keep = () => true) {
  const found = [];
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) visit(join(path, entry.name));
      else if (keep(entry.name)) found.push(join(path, entry.name));
    }
  };
  for (const path of paths.map((each) => join(ROOT, each))) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) visit(path);
    else found.push(path);
  }
  return found.sort();
}

function sign(inputs, extra) {
  const hash = createHash('sha256');
  for (const file of inputs) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  }
  for (const text of extra) hash.update(`${text}\n`);
  return hash.digest('hex');
}
