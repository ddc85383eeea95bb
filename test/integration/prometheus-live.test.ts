import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildBoard } from '#dashboards/board.js';
import { BOARDS } from '#dashboards/boards.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { PrometheusServer } from '#test/support/prometheus-server.js';
import { selectorsOf } from '#test/support/promql.js';
import { PUBLIC_DASHBOARDS } from '#test/support/public-dashboards.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true, binary: 'prometheus' });
const RULES = resolve(import.meta.dirname, '../../../dashboards/prometheus/rules');
const WORKLOADS = {
  busy: ['--cpus', '0.2', '--pids-limit', '50', 'host:', 'sh', '-c', 'while :; do :; done'],
  disk: ['--memory', '64m', 'host:', 'sh', '-c', writes()],
  loop: ['--restart', 'always', 'host:', 'bash', '-c', '(echo > /dev/tcp/127.0.0.1/9); exit 3'],
};
const POLICY = `
apiVersion: tsgov/v1
kind: Policy
metadata: {name: batch}
spec:
  match: {name: [busy]}
  limits: {memory: {max: 48MiB, low: 1MiB, high: 40MiB}}
  rules:
    - {name: tell, when: {signal: memory.current, above: 1}, do: [{notify: {}}], cooldown: 1s}
`;
/** Panels that may be empty, each with what would fill it. */
const MAY_BE_EMPTY: Readonly<Record<string, string>> = {
  'BPF collectors off': 'a collector whose programs do not load',
  'Network traffic': 'a container with an interface beside its loopback',
  Conditions: 'a limit this host cannot carry, as v1 memory.high',
};
/** One a second. */
const SCRAPES = Number(process.env.TSGOV_TEST_SCRAPES ?? 20);

let agent: LiveAgent;
let prometheus: PrometheusServer;

before(async () => {
  if (needs.skip !== undefined) return;
  agent = await LiveAgent.start();
  prometheus = await PrometheusServer.start(
    agent,
    readdirSync(RULES).map((name) => join(RULES, name)),
  );
  for (const [name, args] of Object.entries(WORKLOADS)) agent.ok('run', '-d', '--name', name, ...args);
  const file = join(agent.dir, 'policy.yaml');
  writeFileSync(file, POLICY);
  agent.ok('policy', 'apply', file);
  await agent.until('somebody else is noticed', async () => {
    changeLimit();
    return (await prometheus.count('tsgov_drift_total{name="busy",field="pids.max"}')) > 0;
  });
  await agent.until(
    'something is written to a disk',
    async () => (await prometheus.count('container_fs_writes_total{name="disk"}')) > 0,
  );
  await agent.until(
    'scrapes',
    async () => (await prometheus.count(`count_over_time(up[1h]) > ${SCRAPES}`)) > 0,
    40_000 + 2000 * SCRAPES,
  );
});

after(async () => {
  if (needs.skip !== undefined) return;
  await prometheus?.stop();
  await agent.stop();
});

for (const board of BOARDS)
  test(`${board.title}: every panel has data, by a real Prometheus from a live agent`, needs, async (t) => {
    const hasBpf = (await prometheus.count('tsgov_bpf_collector_up == 1')) > 0;
    const hasPsi = (await prometheus.count('container_pressure_cpu_waiting_seconds_total{name="busy"}')) > 0;
    const empty: string[] = [];
    for (const { title = '', targets = [] } of (buildBoard(board).panels ?? []) as Panel[]) {
      let panel = 0;
      for (const target of targets) {
        const expr = String((target as { expr?: unknown }).expr);
        const counts = await Promise.all(Object.keys(WORKLOADS).map((name) => prometheus.count(asked(expr, name))));
        t.diagnostic(`${title}: ${expr} → ${Math.max(...counts)} series`);
        panel += Math.max(...counts);
        const of = selectorsOf(expr).map(({ metric }) => metric);
        if (!hasBpf && of.some((metric) => /runqueue|block_io|tcp|execs|bpf/.test(metric))) panel += 1;
        if (!hasPsi && of.some((metric) => metric.includes('pressure'))) panel += 1;
      }
      if (targets.length > 0 && panel === 0 && MAY_BE_EMPTY[title] === undefined) empty.push(title);
    }
    assert.deepEqual(empty, []);
  });

test('it scrapes OpenMetrics, compressed, and every scrape is whole', needs, async () => {
  assert.match(prometheus.answered.type, /^application\/openmetrics-text; version=1.0.0/);
  assert.equal(prometheus.answered.encoding, 'gzip');
  assert.equal(await prometheus.count('up == 0'), 0);
  assert.ok((await prometheus.count('scrape_samples_scraped > 200')) > 0);
  // Read as counters: what OpenMetrics takes `_total` from in its heads.
  assert.ok((await prometheus.count('container_cpu_usage_seconds_total{name="busy"}')) > 0);
  assert.equal(await prometheus.count('{__name__=~".+_created"}'), 0);
});

test('annotations mark what happened: restarts and acts of rules', needs, async () => {
  const list = BOARDS.flatMap((board) => buildBoard(board).annotations?.list ?? []);
  for (const name of ['Restarts', 'Acts of rules']) {
    const { expr = '' } = list.find((one) => one.name === name) ?? {};
    assert.ok((await prometheus.count(asked(expr, '.*'))) > 0, `${name}: ${expr}`);
  }
});

test('recorded series are there, and the alert on a restart loop comes', needs, async () => {
  const busy = await prometheus.query('container:tsgov_cpu_throttled:ratio_rate5m{name="busy"}');
  assert.ok(Number(busy[0]?.value[1]) > 0.25, JSON.stringify(busy));
  for (const record of [
    'container:tsgov_cpu_cores:rate5m',
    'instance:tsgov_cpu:ratio_rate5m',
    'instance:tsgov_agent_tick_seconds:p99_rate5m',
  ])
    assert.ok((await prometheus.count(record)) > 0, record);
  await agent.until(
    'the alert',
    async () => (await prometheus.count('ALERTS{alertname="TsgovRestartLoop",name="loop",severity="critical"}')) > 0,
    90_000,
  );
  assert.equal(await prometheus.count('ALERTS{alertname="TsgovOomKill"}'), 0);
});

test('what dashboards 14282 and 893 ask has data, limits less use too, for which labels must be the same', needs, async () => {
  for (const [id, selected] of Object.entries(PUBLIC_DASHBOARDS))
    for (const [metric, by] of Object.entries(selected))
      for (const label of by) {
        const series = `${metric}{${label === 'id' ? 'id="/"' : 'name=~".+"'}}`;
        const expr = metric.endsWith('_total') ? `sum by (${label}) (rate(${series}[15s]))` : `sum by (${label}) (${series})`;
        assert.ok((await prometheus.count(expr)) > 0, `${id}: ${expr}`);
      }
  const left = 'sum by (name) (container_spec_memory_limit_bytes{name=~".+"} - container_memory_usage_bytes{name=~".+"})';
  assert.ok((await prometheus.count(left)) >= 2);
});

/** As somebody with a shell would. */
function changeLimit(): void {
  const dir = agent.inspect('busy').cgroups.pids;
  const { status } = spawnSync('sh', ['-c', `echo 4000 > ${dir}/pids.max`]);
  assert.equal(status, 0);
}

function writes(): string {
  return 'while :; do dd if=/dev/zero of=/x bs=1M count=4 oflag=direct; dd if=/x of=/dev/null bs=1M iflag=direct; sleep 0.2; done 2>/dev/null';
}

/** As Grafana would ask, with one container chosen where only one can be. */
function asked(expr: string, name: string): string {
  return expr
    .replaceAll('name="$name"', `name="${name}"`)
    .replaceAll(/\[\$__\w+\]/g, '[15s]')
    .replaceAll(/\$\w+/g, '.*');
}
