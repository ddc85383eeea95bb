import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Profile } from '#agent/contract/metrics.js';
import { OPENMETRICS, TEXT } from '#agent/metrics/exposition.js';
import { FAMILIES } from '#agent/metrics/families.js';
import { familyBlocks, written } from '#agent/metrics/render.js';
import { SubjectCollector } from '#agent/metrics/subjects/collect.js';
import { MetricsFixture } from '#test/support/metrics-fixture.js';

const FIXTURES = join(import.meta.dirname, '../../../../../test/fixtures/metrics');

async function textOf(fixture: MetricsFixture, profile: Profile = 'full', format = TEXT): Promise<string> {
  const subjects = await new SubjectCollector(fixture.sources()).collect(profile === 'full');
  assert.deepEqual(fixture.faults, []);
  return [...written(familyBlocks(FAMILIES, subjects, profile), format)].join('');
}

/** `UPDATE_GOLDEN=1 npm test -- metrics/families` writes them anew. */
for (const mode of ['v1', 'v2'] as const)
  test(`the families of a ${mode} node with a running, a frozen and an ended container`, async (t) => {
    const text = await textOf(new MetricsFixture(t, mode));
    const golden = join(FIXTURES, `golden-${mode}.prom`);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });

test('v1 and v2 have the same series, but for those of files only v2 has', async (t) => {
  const seriesOf = async (mode: 'v1' | 'v2') => {
    const text = await textOf(new MetricsFixture(t, mode));
    return text
      .split('\n')
      .flatMap((line) => (line.startsWith('#') || line === '' ? [] : [line.slice(0, line.lastIndexOf(' '))]));
  };
  const [v1, v2] = [await seriesOf('v1'), await seriesOf('v2')];
  const onlyV2 = /^container_(memory_events_high_total|memory_pgscan_total|memory_pgsteal_total|pressure_)/;
  const missing = (of: string[], from: string[]) => of.filter((each) => !from.includes(each) && !onlyV2.test(each));
  // The frozen one was written with fewer keys.
  const web = (each: string) => !each.includes('name="ice"');
  assert.deepEqual(missing(v2.filter(web), v1), []);
  assert.deepEqual(missing(v1.filter(web), v2), []);
  assert.ok(v2.filter((each) => onlyV2.test(each)).length >= 9);
});

test('lean leaves out what few look at, and nothing else', async (t) => {
  const names = (text: string) => new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string));
  const [lean, full] = [await textOf(new MetricsFixture(t, 'v2'), 'lean'), await textOf(new MetricsFixture(t, 'v2'))];
  const left = [...names(full)].filter((name) => !names(lean).has(name));
  assert.deepEqual(
    left,
    FAMILIES.filter((family) => family.full === true).map(({ name }) => name),
  );
  for (const name of [
    'container_tasks_state',
    'container_file_descriptors',
    'container_threads_max',
    'container_memory_mapped_file',
  ])
    assert.ok(left.includes(name), name);
  assert.doesNotMatch(lean, /scope="hierarchy"/);
  assert.match(full, /scope="hierarchy"/);
  assert.ok(full.includes(lean.split('\n').find((line) => line.startsWith('container_cpu_usage'))!));
});

test('OpenMetrics names counters without _total in heads, and no two families are one', async (t) => {
  const text = await textOf(new MetricsFixture(t, 'v2'), 'full', OPENMETRICS);
  assert.match(text, /^# TYPE container_cpu_usage_seconds counter$/m);
  assert.match(text, /^container_cpu_usage_seconds_total\{.*cpu="total"\} 12.345678$/m);
  assert.match(text, /^# TYPE container_memory_failcnt unknown$/m);
  assert.match(text, /\n# EOF\n$/);
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(families).size, families.length);
});
