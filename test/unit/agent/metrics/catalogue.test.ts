import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CATALOGUE } from '#agent/metrics/catalogue.js';
import { metricsMarkdown } from '#agent/metrics/markdown.js';
import { everyMetric, knownSeries, parseMetrics } from '#test/support/metric-catalogue.js';

const DOCS = join(import.meta.dirname, '../../../../../docs');

test('docs/metrics.md is the catalogue (node scripts/gen-docs.mjs writes it)', () => {
  const text = metricsMarkdown();
  assert.equal(readFileSync(join(DOCS, 'metrics.md'), 'utf8'), text);
  for (const { name } of CATALOGUE.flatMap(({ metrics }) => metrics)) assert.ok(text.includes(`\`${name}\``), name);
});

test('an agent in which everything has happened tells every metric of the catalogue, with these labels, and no other', async (t) => {
  const text = await everyMetric(t);
  assert.deepEqual(sorted(parseMetrics(text)), sorted(knownSeries()));
  const heads = [...text.matchAll(/^# (HELP|TYPE) (\S+)/gm)].map(([, kind, name]) => `${kind} ${name}`);
  assert.equal(new Set(heads).size, heads.length, 'each family once');
});

test('counters end in _total, and nothing else does', () => {
  for (const { name, type } of CATALOGUE.flatMap(({ metrics }) => metrics))
    assert.equal(name.endsWith('_total'), type === 'counter', name);
});

function sorted(series: Map<string, Set<string>>): [string, string[]][] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, labels]) => [name, [...labels].sort()]);
}
