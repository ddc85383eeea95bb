import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../../../test/fixtures', import.meta.url));

/** Compares text with `test/fixtures/<name>`. With UPDATE_GOLDEN=1 the file is written instead, to be read in the diff. */
export function assertGolden(name: string, text: string): void {
  const path = join(FIXTURES, name);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  assert.ok(existsSync(path), `${path} is missing: make it with UPDATE_GOLDEN=1`);
  assert.equal(text, readFileSync(path, 'utf8'));
}
