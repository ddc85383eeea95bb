import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliMarkdown } from '#src/cli/markdown.js';
import { COMMANDS } from '#src/cli/registry.js';

const DOCS = join(import.meta.dirname, '../../../../../docs/cli.md');

test('docs/cli.md is what the registry says (node scripts/gen-cli-docs.mjs writes it)', async () => {
  assert.equal(readFileSync(DOCS, 'utf8'), await cliMarkdown(COMMANDS));
});

test('every command and flag is in it, and has a help text', async () => {
  const text = readFileSync(DOCS, 'utf8');
  for (const entry of COMMANDS) {
    assert.ok(text.includes(`## tsgov ${entry.name}\n`), entry.name);
    const { flags } = await entry.load();
    for (const [name, spec] of Object.entries(flags)) {
      assert.ok(text.includes(`\`--${name}\``), `${entry.name} --${name}`);
      assert.ok(spec.help.length > 3, `${entry.name} --${name} has no help`);
    }
  }
});
