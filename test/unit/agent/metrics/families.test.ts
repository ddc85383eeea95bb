import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerLabelName, familyHead, label, seriesLine } from '#agent/metrics/exposition.js';
import { FAMILIES } from '#agent/metrics/families.js';
import { createMetrics } from '#agent/metrics/metrics.js';
import { renderFamilies } from '#agent/metrics/render.js';
import { subjectCollector } from '#agent/metrics/subjects.js';
import { FixtureBackend } from '#test/support/metrics-fixture.js';

const FIXTURES = join(import.meta.dirname, '../../../../../test/fixtures/metrics');
const sources = (backend: FixtureBackend) => ({
  backend,
  procRoot: join(FIXTURES, 'proc'),
  sysRoot: join(FIXTURES, 'sys'),
  cgroupMounts: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/memory'],
  cgroupParent: '/tsgov',
  labelAllow: ['tier', 'com.example/owner'],
  clock: { nowMs: () => Date.parse('2026-01-01T00:10:00Z') },
  onFault: (error: unknown) => assert.fail(String(error)),
});

/** Shown by `UPDATE_GOLDEN=1 npm test -- --only unit families`, which writes it anew. */
test('the families of a node with a running, a frozen and an ended container', () => {
  const text = renderFamilies(FAMILIES, subjectCollector(sources(new FixtureBackend())).collect());
  const golden = join(FIXTURES, 'golden.prom');
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, 'utf8'));
});

test('every series of a family has the same labels, in one block, with HELP and TYPE once', async () => {
  const metrics = createMetrics({
    ...sources(new FixtureBackend()),
    procRoot: '/proc',
    sysRoot: '/sys',
    version: '1',
    node: { cpus: 2, memoryBytes: 4, swapBytes: 0 },
  });
  const seen = new Map<string, string>();
  let current = '';
  const helps: string[] = [];
  for (const line of (await metrics.render()).split('\n').filter(Boolean)) {
    if (line.startsWith('# HELP ')) {
      current = line.split(' ')[2] as string;
      helps.push(current);
    }
    if (line.startsWith('#')) continue;
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? assert.fail(`no series: ${line}`);
    assert.equal(name, current, "a series stands in its family's block");
    const names = labels.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
    assert.equal(seen.get(current) ?? names, names, `${current} has one set of labels`);
    seen.set(current, names);
  }
  assert.equal(new Set(helps).size, helps.length, 'each family once');
  assert.ok(helps.includes('machine_cpu_cores') && helps.includes('tsgov_agent_build_info'));
});

test('OOM kills stay when the container ends, and go when it is removed', () => {
  const backend = new FixtureBackend();
  const collector = subjectCollector(sources(backend));
  const kills = () => collector.collect().find((subject) => subject.view?.name === 'web')?.oomKills;
  assert.equal(kills(), 3);
  backend.end('web');
  assert.equal(kills(), 3);
  backend.views = backend.views.filter((view) => view.name !== 'web');
  assert.equal(kills(), undefined);
});

test('policies that match and conditions, counted by type and reason, are series', () => {
  const backend = new FixtureBackend();
  const [web] = backend.views;
  web!.policies = ['base', 'batch'];
  const refused = (field: string) => ({ type: 'PolicyRefused', field, reason: 'Conflict', message: field });
  web!.conditions = [refused('memory.max'), { type: 'DriftWar', reason: 'OtherWriter', message: 'x' }, refused('pids.max')];
  const text = renderFamilies(FAMILIES, subjectCollector(sources(backend)).collect());
  const of = (name: string) =>
    [
      ...text.matchAll(
        new RegExp(`^${name}\\{.*(?<labels>${name.endsWith('policy') ? 'policy' : 'type'}=.*)\\} (?<value>\\d+)$`, 'gm'),
      ),
    ].map(({ groups }) => `${groups?.labels} ${groups?.value}`);
  assert.deepEqual(of('tsgov_container_policy'), ['policy="base" 1', 'policy="batch" 1']);
  assert.deepEqual(of('tsgov_container_condition'), [
    'type="PolicyRefused",reason="Conflict" 2',
    'type="DriftWar",reason="OtherWriter" 1',
  ]);
});

test('a container that cannot be read is told and counted, and the others are there', async () => {
  const backend = new FixtureBackend();
  const broken = Object.assign(backend, {
    stats: (id: string) => {
      if (id === 'web-id') throw new Error('EIO');
      return new FixtureBackend().stats(id);
    },
  });
  const faults: unknown[] = [];
  const metrics = createMetrics({
    ...sources(broken),
    procRoot: '/proc',
    sysRoot: '/sys',
    onFault: (error) => faults.push(error),
    version: '1',
    node: { cpus: 2, memoryBytes: 4, swapBytes: 0 },
  });
  const text = await metrics.render();
  assert.match(text, /^container_scrape_error 1$/m);
  assert.match(text, /^container_memory_usage_bytes\{[^}]*name="ice"/m);
  assert.match(text, /^tsgov_container_state\{[^}]*name="web"[^}]*state="running"\} 1$/m);
  assert.doesNotMatch(text, /^container_memory_usage_bytes\{[^}]*name="web"/m);
  assert.match(String(faults[0]), /web/);
});

test('values and labels are escaped as the format asks', () => {
  assert.equal(label('name', 'a"b\\c\nd'), 'name="a\\"b\\\\c\\nd"');
  assert.equal(familyHead('m', 'gauge', 'one\ntwo\\'), '# HELP m one\\ntwo\\\\\n# TYPE m gauge\n');
  assert.equal(seriesLine('m', '', Number.NaN) + seriesLine('m', 'a="b"', Infinity), 'm NaN\nm{a="b"} +Inf\n');
  assert.equal(containerLabelName('com.example/owner-x'), 'container_label_com_example_owner_x');
});
