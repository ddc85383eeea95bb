import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { requires } from '#test/support/requires.js';

test('npm run bench -- --json prints one object with every figure', requires({ root: true, binary: ['crun', 'runc'] }), () => {
  const run = spawnSync(process.execPath, ['scripts/bench.mjs', '--json', '--rounds', '3'], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const report = JSON.parse(run.stdout) as Record<string, Record<string, unknown>>;
  const paths = ['api', 'apiWithRemove', 'floor', 'crun', 'runc'].flatMap((who) => [`start.${who}.p50Ms`, `start.${who}.p95Ms`]);
  paths.push(
    'shim.pssKiB',
    'limit.p50Ms',
    'freeze.n1.p99Ms',
    'freeze.n100.p99Ms',
    'freeze.n1000.p99Ms',
    ...['p50Ms', 'p99Ms', 'floorMs', 'ratio'].map((key) => `tick.n1000.${key}`),
    'tick.n1000.sampling.ratio',
    'tick.n1000.filesHeld',
    ...['n100', 'n1000'].flatMap((n) =>
      ['early', 'later'].flatMap((w) => [`agent.${n}.${w}.cpuPercent`, `agent.${n}.${w}.rssMiB`]),
    ),
    ...cgroupMounts()
      .filter(({ dir }) => !dir.endsWith('/systemd'))
      .flatMap(({ version }) => [`drift.v${version}.p50Ms`, `drift.v${version}.p99Ms`]),
    'scrape.n1000.p99Ms',
    'scrape.n1000.scrapes',
    'namespaces.p50Ms',
    'namespaces.lsnsP50Ms',
  );
  for (const path of paths) {
    const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], report);
    assert.ok(typeof value === 'number' && value > 0, `${path} is ${value}`);
  }
  for (const key of ['kernel', 'cpus', 'memoryBytes', 'cgroupMode', 'node', 'crun', 'runc'])
    assert.ok(report.machine?.[key], key);
});
