import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { parse } from 'yaml';
import { buildBoard } from '#dashboards/board.js';
import { BOARDS } from '#dashboards/boards.js';
import { LINKED, linkNetworks } from '#test/support/link-networks.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { PrometheusServer } from '#test/support/prometheus-server.js';
import { selectorTexts } from '#test/support/promql.js';
import { PUBLIC_DASHBOARDS } from '#test/support/public-dashboards.js';
import { requires } from '#test/support/requires.js';

const needs = requires({
  root: true,
  binary: ['prometheus', 'ip', 'nsenter'],
  library: 'libbpf.so.1',
  path: ['/sys/kernel/btf/vmlinux', '/proc/pressure/cpu'],
});
const RULES = resolve(import.meta.dirname, '../../../dashboards/prometheus/rules');
const WORKLOADS = {
  busy: ['--cpus', '0.2', '--pids-limit', '50', 'host:', 'sh', '-c', 'while :; do :; done'],
  disk: ['--memory', '64m', 'host:', 'bash', '-c', writesAndSends()],
  loop: ['--restart', 'always', 'host:', 'bash', '-c', '(echo > /dev/tcp/127.0.0.1/9); sleep 2; exit 3'],
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
/** One a second. */
const SCRAPES = Number(process.env.TSGOV_TEST_SCRAPES ?? 20);
const WRITE_MS = 100;

let agent: LiveAgent;
let prometheus: PrometheusServer;
let war: NodeJS.Timeout | undefined;

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
  const { cgroups, state } = agent.inspect('busy');
  linkNetworks(state.pid!, agent.inspect('disk').state.pid!);
  // Somebody who does not give in.
  war = setInterval(() => writeFileSync(`${cgroups.pids}/pids.max`, '4000'), WRITE_MS);
  for (const [what, expr] of [
    ['a tug of war is noticed', 'tsgov_container_condition{name="busy",type="DriftWar"}'],
    ['something is written to a disk', 'container_fs_writes_total{name="disk"}'],
    ['something comes by the network', 'container_network_receive_bytes_total{name="busy",interface="eth0"} > 0'],
    ['scrapes', `count_over_time(up{job="tsgov"}[1h]) > ${SCRAPES}`],
  ] as const)
    await agent.until(what, async () => (await prometheus.count(expr)) > 0, 40_000 + 2000 * SCRAPES);
});

after(async () => {
  if (needs.skip !== undefined) return;
  clearInterval(war);
  await prometheus?.stop();
  await agent.stop();
});

for (const board of BOARDS)
  test(`${board.title}: every expression of every panel has data, by a real Prometheus from a live agent`, needs, async (t) => {
    const empty: string[] = [];
    for (const { title = '', targets = [] } of (buildBoard(board).panels ?? []) as Panel[])
      for (const target of targets) {
        const expr = String((target as { expr?: unknown }).expr);
        const counts = await Promise.all(Object.keys(WORKLOADS).map((name) => prometheus.count(asked(expr, name))));
        t.diagnostic(`${title}: ${expr} → ${Math.max(...counts)} series`);
        if (Math.max(...counts) === 0) empty.push(`${title}: ${expr}`);
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

test(
  'every recording rule records series; an alert has none while all is well, but what it looks at is there',
  needs,
  async (t) => {
    const empty: string[] = [];
    for (const { record, alert, expr } of rules()) {
      for (const asked of record === undefined ? selectorTexts(expr) : [record, expr]) {
        const series = await prometheus.count(asked);
        t.diagnostic(`${alert ?? record}: ${asked} → ${series} series`);
        if (series === 0) empty.push(`${alert ?? record}: ${asked}`);
      }
      assert.ok((await prometheus.count(expr)) >= 0, `${alert ?? record} can be asked`);
    }
    assert.deepEqual(empty, []);
    const busy = await prometheus.query('container:tsgov_cpu_throttled:ratio_rate5m{name="busy"}');
    assert.ok(Number(busy[0]?.value[1]) > 0.25, JSON.stringify(busy));
  },
);

test('the alert on a restart loop comes, and none on what did not happen', needs, async () => {
  await agent.until(
    'the alert',
    async () => (await prometheus.count('ALERTS{alertname="TsgovRestartLoop",name="loop",severity="critical"}')) > 0,
    90_000,
  );
  assert.equal(await prometheus.count('ALERTS{alertname="TsgovOomKill"}'), 0);
});

for (const [id, exprs] of Object.entries(PUBLIC_DASHBOARDS))
  test(`dashboard ${id} for cAdvisor: every expression has data`, needs, async (t) => {
    const empty: string[] = [];
    for (const expr of exprs) {
      const series = await prometheus.count(expr);
      t.diagnostic(`${expr} → ${series} series`);
      if (series === 0) empty.push(expr);
    }
    assert.deepEqual(empty, []);
  });

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
}

function rules(): Rule[] {
  return readdirSync(RULES).flatMap((name) =>
    (parse(readFileSync(join(RULES, name), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
  );
}

/** To and from a disk, and to whom it is linked with, who answers that nothing listens there. */
function writesAndSends(): string {
  const disk = 'dd if=/dev/zero of=/x bs=1M count=4 oflag=direct; dd if=/x of=/dev/null bs=1M iflag=direct';
  return `while :; do ${disk}; echo > /dev/udp/${LINKED.first}/9; sleep 0.2; done 2>/dev/null`;
}

/** As Grafana would ask, with one container chosen where only one can be. */
function asked(expr: string, name: string): string {
  return expr
    .replaceAll('name="$name"', `name="${name}"`)
    .replaceAll(/\[\$__\w+\]/g, '[15s]')
    .replaceAll(/\$\w+/g, '.*');
}
