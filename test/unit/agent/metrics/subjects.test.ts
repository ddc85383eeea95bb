import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TEXT } from '#agent/metrics/exposition.js';
import { FAMILIES } from '#agent/metrics/families.js';
import { familyBlocks, written } from '#agent/metrics/render.js';
import { SubjectCollector, type SubjectSources } from '#agent/metrics/subjects/collect.js';
import { MetricsFixture } from '#test/support/metrics-fixture.js';
import type { Teardown } from '#test/support/temp.js';

function setUp(t: Teardown, over: Partial<SubjectSources> = {}) {
  const fixture = new MetricsFixture(t, 'v2');
  const collector = new SubjectCollector(fixture.sources(over));
  const scrape = async () => [...written(familyBlocks(FAMILIES, await collector.collect(false), 'lean'), TEXT)].join('');
  /** The series of a metric about a name, without the labels all have. */
  const of = async (metric: string, name: string) =>
    (await scrape()).split('\n').filter((line) => line.startsWith(`${metric}{`) && line.includes(`name="${name}"`));
  return { fixture, collector, scrape, of };
}

const lastSample = {
  id: 'web-id',
  name: 'web',
  time: '2026-01-01T00:10:00Z',
  cpu: { usageUsec: 20_000_000, userUsec: 15_000_000 },
  memory: { currentBytes: 1, peakBytes: 70_000_000, oomKills: 4 },
  pids: {},
  io: { readBytes: 0, writeBytes: 0, reads: 0, writes: 0, devices: [] },
  network: [],
};

test('one that ended keeps its counters as they last were, its exit code and OOM kills, and no gauges, for the grace period', async (t) => {
  const { fixture, collector, scrape, of } = setUp(t);
  await scrape();
  fixture.end('web', 137);
  collector.noteDeath(fixture.death('web', { exitCode: 137, oomKilled: true, restartCount: 2, lastSample }));
  assert.match((await of('container_cpu_usage_seconds_total', 'web'))[0] ?? '', / 20$/);
  // Its last sample has none of this.
  assert.match((await of('container_memory_failures_total', 'web'))[0] ?? '', / 4444$/);
  assert.match((await of('container_memory_max_usage_bytes', 'web'))[0] ?? '', / 70000000$/);
  assert.match((await of('container_oom_events_total', 'web'))[0] ?? '', / 4$/);
  assert.match((await of('tsgov_container_exit_code', 'web'))[0] ?? '', / 137$/);
  assert.match((await of('container_cpu_cfs_throttled_periods_total', 'web'))[0] ?? '', / 40$/);
  assert.deepEqual(await of('container_memory_usage_bytes', 'web'), []);
  assert.deepEqual(await of('container_spec_memory_limit_bytes', 'web'), []);
  // Removed: nothing changes, until the grace period is over.
  const before = await scrape();
  fixture.views.delete('web-id');
  assert.deepEqual(withoutPolicies(await scrape()), withoutPolicies(before));
  fixture.nowMs += 299_000;
  assert.match((await of('container_oom_events_total', 'web'))[0] ?? '', / 4$/);
  fixture.nowMs += 2000;
  assert.doesNotMatch(await scrape(), /name="web"/);
});

test('one that came and went between two scrapes is told of', async (t) => {
  const { fixture, collector, of } = setUp(t);
  collector.noteDeath(fixture.death('quick', { exitCode: 3, lastSample: { ...lastSample, id: 'quick-id', name: 'quick' } }));
  assert.match(
    (await of('tsgov_container_exit_code', 'quick'))[0] ?? '',
    /^tsgov_container_exit_code\{id="\/tsgov\/quick-id",.* 3$/,
  );
  assert.match((await of('container_cpu_usage_seconds_total', 'quick'))[0] ?? '', / 20$/);
});

test('a name or a cgroup that is used again is never two series: the one that is there counts', async (t) => {
  const { fixture, collector, scrape } = setUp(t);
  for (const id of ['first', 'second'])
    collector.noteDeath(fixture.death('web', { container: { id, name: 'web', image: 'host:', runtime: 'tsgov' } }));
  for (const name of ['unit', 'unit'])
    collector.noteDeath(
      fixture.death(name, {
        container: { id: '/system.slice/unit.service', name: 'unit', image: '', runtime: 'systemd' },
        cgroup: '/system.slice/unit.service',
      }),
    );
  const lines = (await scrape()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  assert.equal(new Set(series).size, series.length);
  assert.equal(series.filter((line) => line.startsWith('tsgov_container_info{') && line.includes('name="web"')).length, 1);
  assert.equal(series.filter((line) => line.startsWith('tsgov_container_info{') && line.includes('name="unit"')).length, 1);
  // Two dead ones of a name: the newer.
  fixture.views.delete('web-id');
  collector.noteDeath(
    fixture.death('web', { exitCode: 9, container: { id: 'third', name: 'web', image: 'host:', runtime: 'tsgov' } }),
  );
  const codes = (await scrape()).match(/^tsgov_container_exit_code\{[^}]*name="web".*$/gm);
  assert.equal(codes?.length, 1);
  assert.match(codes?.[0] ?? '', / 9$/);
});

test('a container that cannot be read is told once and counted, and the others are there', async (t) => {
  const { fixture, collector } = setUp(t, {
    view: (listed) => {
      if (listed.id === 'web-id') throw new Error('EIO');
      return fixture0.sources().view(listed);
    },
  });
  const fixture0 = fixture;
  for (let scrape = 0; scrape < 2; scrape += 1) {
    const subjects = await collector.collect(false);
    assert.deepEqual(
      subjects.map(({ container, failed }) => [container?.name, failed]),
      [
        [undefined, false],
        ['ice', false],
        ['done', false],
      ],
    );
  }
  assert.equal(collector.failures, 1);
  assert.equal(fixture.faults.length, 1);
  assert.match(String(fixture.faults[0]), /web/);
});

test('labels by globs: names sanitised, one label for keys that become one, no glob for all but what it says', async (t) => {
  const { fixture, scrape } = setUp(t, { labelAllow: ['com.example.*', 'tier'] });
  const labels = {
    'com.example.team': 'a',
    com_example_team: 'not let through',
    'com.example/team': 'b',
    other: 'x',
    tier: 'front',
  };
  fixture.add('web', { labels, state: { pid: 100 } });
  const both = await scrape();
  assert.match(
    both,
    /^container_last_seen\{id="[^"]*web-id",name="web",image="host:",container_label_com_example_team="a",container_label_tier="front"\} /m,
  );
  assert.match(
    both,
    /^container_last_seen\{id="\/",name="",image="",container_label_com_example_team="",container_label_tier=""\} /m,
  );
  fixture.add('web', { labels: { 'com.example.x y': 'é"\n' }, state: { pid: 100 } });
  assert.match(await scrape(), /container_label_com_example_x_y="é\\"\\n"/);
});

test('a glob that is none is refused', (t) => {
  assert.throws(() => setUp(t, { labelAllow: ['[a'] }), { code: 'CONFIG_INVALID', message: /metrics-label-allow: "\[a"/ });
});

test('conditions are counted by type and reason', async (t) => {
  const { fixture, of } = setUp(t);
  const refused = (field: string) => ({ type: 'PolicyRefused', field, reason: 'Conflict', message: field });
  const conditions = [refused('memory.max'), { type: 'DriftWar', reason: 'OtherWriter', message: 'x' }, refused('pids.max')];
  fixture.add('web', { conditions, state: { pid: 100 } });
  assert.deepEqual(
    (await of('tsgov_container_condition', 'web')).map((line) => line.replace(/^.*type=/, 'type=')),
    ['type="PolicyRefused",reason="Conflict"} 2', 'type="DriftWar",reason="OtherWriter"} 1'],
  );
});

test("health as Docker's and Podman's own checks said it", async (t) => {
  const { fixture, of } = setUp(t);
  const dir = join(fixture.root, 'bundle');
  fixture.put('bundle/config.v2.json', JSON.stringify({ State: { Health: { Status: 'unhealthy' } } }));
  fixture.put('bundle/healthcheck.log', JSON.stringify({ Status: 'healthy' }));
  const health = async (runtime: string) => {
    fixture.add('web', { runtime, bundle: dir, state: { pid: 100 } });
    return (await of('container_health_state', 'web'))[0]?.replace(/^.* /, '');
  };
  assert.deepEqual([await health('docker'), await health('podman'), await health('tsgov')], ['0', '1', '-1']);
  writeFileSync(join(dir, 'healthcheck.log'), '');
  assert.equal(await health('podman'), '-1');
  rmSync(dir, { recursive: true });
  assert.equal(await health('podman'), '-1');
});

/** The registry knows no policies of one that is gone. */
function withoutPolicies(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.includes('tsgov_container_policy'))
    .sort();
}
