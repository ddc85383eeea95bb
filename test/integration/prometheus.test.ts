import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { buildBoard } from '#dashboards/board.js';
import { BOARDS } from '#dashboards/boards.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { withoutMacros } from '#test/support/promql.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true, binary: 'promtool' });
const PROMETHEUS = resolve(import.meta.dirname, '../../../dashboards/prometheus');
const POLICY = `
apiVersion: tsgov/v1
kind: Policy
metadata: {name: batch}
spec:
  match: {name: [web]}
  limits: {memory: {max: 48MiB}}
  rules:
    - {name: tell, when: {signal: memory.current, above: 1}, do: [{notify: {}}]}
`;
let agent: LiveAgent;
let metrics = '';
let full = '';

before(async () => {
  if (needs.skip !== undefined) return;
  agent = await LiveAgent.start();
  agent.ok('run', '-d', '--name', 'web', '--memory', '64m', '--cpus', '0.5', 'host:', 'sh', '-c', 'while :; do sleep 0.01; done');
  agent.ok('run', '-d', '--name', 'ice', 'host:', 'sleep', '1000');
  agent.ok('freeze', 'ice');
  agent.tsgov('run', '--name', 'done', 'host:', 'sh', '-c', 'exit 3');
  mkdirSync(agent.policiesDir, { recursive: true });
  const file = join(agent.dir, 'policy.yaml');
  writeFileSync(file, POLICY);
  agent.ok('policy', 'apply', file);
  metrics = await agent.until('a rule acts', async () => {
    const text = String((await agent.api('GET', '/metrics')).body);
    return /^tsgov_action_total\{/m.test(text) && text;
  });
  full = String((await agent.api('GET', '/metrics?profile=full')).body);
});

after(async () => {
  if (needs.skip === undefined) await agent.stop();
});

test('promtool has nothing to say about /metrics of a live agent', needs, () => {
  for (const seen of ['name="web"', 'name="ice"', 'name="done"', 'policy="batch"', 'state="frozen"'])
    assert.ok(metrics.includes(seen), seen);
  for (const text of [metrics, full]) {
    const { status, stdout, stderr } = promtool(['check', 'metrics'], text);
    assert.equal(`${stdout}${stderr}`.trim(), '');
    assert.equal(status, 0);
  }
  assert.match(full, /^container_tasks_state\{[^}]*name="web"/m);
  // It does find fault where there is one.
  assert.notEqual(promtool(['check', 'metrics'], '# TYPE a counter\na 1\n').status, 0);
});

test('the alerts fire when they should and only then (promtool test rules)', needs, () => {
  const tests = readdirSync(join(PROMETHEUS, 'tests')).map((name) => join(PROMETHEUS, 'tests', name));
  assert.ok(tests.length >= 2);
  const { status, stdout, stderr } = promtool(['test', 'rules', ...tests]);
  assert.equal(status, 0, stdout + stderr);
});

test('rules and the scrape configuration pass promtool', needs, () => {
  const rules = readdirSync(join(PROMETHEUS, 'rules')).map((name) => join(PROMETHEUS, 'rules', name));
  const checked = promtool(['check', 'rules', '--lint=all', '--lint-fatal', ...rules]);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const config = promtool(['check', 'config', join(PROMETHEUS, 'prometheus.yaml')]);
  assert.equal(config.status, 0, config.stdout + config.stderr);
});

test('every expression of the dashboards is one for Prometheus itself', needs, () => {
  const exprs = BOARDS.flatMap((board) => {
    const built = buildBoard(board);
    const panels = (built.panels ?? []).flatMap((panel) => ('targets' in panel ? (panel.targets ?? []) : []));
    const annotations = built.annotations?.list ?? [];
    return [...panels, ...annotations].map((target) => String((target as { expr?: unknown }).expr));
  });
  assert.ok(exprs.length > 100, String(exprs.length));
  const rules = exprs.map((expr, index) => ({ record: `expression_${index}`, expr: withoutMacros(expr) }));
  const file = join(agent.dir, 'expressions.json');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
  const { status, stdout, stderr } = promtool(['check', 'rules', file]);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`${exprs.length} rules found`));
});

function promtool(args: string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { input, encoding: 'utf8', timeout: 120_000 });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}
