import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { boardFiles } from '#dashboards/board-files.js';

const DIR = join(import.meta.dirname, '../../../../dashboards/grafana');

test('dashboards/grafana is what the code says (node scripts/gen-dashboards.mjs writes it)', () => {
  const files = boardFiles();
  assert.deepEqual(
    readdirSync(DIR)
      .filter((name) => name.endsWith('.json'))
      .sort(),
    [...files.keys()].sort(),
  );
  for (const [name, text] of files) assert.equal(readFileSync(join(DIR, name), 'utf8'), text, name);
});
