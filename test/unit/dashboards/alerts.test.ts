import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { knownSeries } from '#test/support/metric-catalogue.js';
import { selectorsOf } from '#test/support/promql.js';

const ROOT = join(import.meta.dirname, '../../../..');
const RULES = join(ROOT, 'dashboards/prometheus/rules');
const RUNBOOKS = join(ROOT, 'docs/runbooks');
/** Of Prometheus itself. */
const PROMETHEUS_OWN = ['up'];

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const rules = readdirSync(RULES).flatMap((name) =>
  (parse(readFileSync(join(RULES, name), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const records = new Set(rules.flatMap(({ record }) => (record === undefined ? [] : [record])));

test('every rule is PromQL, of metrics and labels the agent has, or of what another rule records', async () => {
  const catalogue = knownSeries();
  assert.ok(alerts.length >= 11 && records.size >= 9);
  for (const { alert, record, expr } of rules)
    for (const { metric, labels } of selectorsOf(expr)) {
      if (records.has(metric) || PROMETHEUS_OWN.includes(metric)) continue;
      const known = catalogue.get(metric) ?? assert.fail(`${alert ?? record}: no metric ${metric}`);
      for (const label of labels) assert.ok(known.has(label), `${alert ?? record}: ${metric} has no ${label}`);
    }
});

test('every alert has a severity, says what is wrong, and has a runbook page; every page has an alert', () => {
  for (const { alert = '', labels, annotations } of alerts) {
    assert.match(labels?.severity ?? '', /^(warning|critical)$/, alert);
    assert.ok((annotations?.summary ?? '').length > 10 && (annotations?.description ?? '').length > 10, alert);
    assert.equal(annotations?.runbook_url, `https://tsgov.dev/runbooks/${alert}`);
    const page = readFileSync(join(RUNBOOKS, `${alert}.md`), 'utf8');
    assert.ok(page.startsWith(`# ${alert}: `), alert);
    assert.match(page, new RegExp(`Severity: ${labels?.severity}\\.`), alert);
    for (const heading of ['What it means', 'How to look', 'What to do'])
      assert.match(page, new RegExp(`^## ${heading}$`, 'm'), alert);
  }
  assert.deepEqual(readdirSync(RUNBOOKS).sort(), alerts.map(({ alert }) => `${alert}.md`).sort());
});

test('every command that runbooks name is one of the command line', () => {
  const commands = new Set(
    [...readFileSync(join(ROOT, 'docs/cli.md'), 'utf8').matchAll(/^## tsgov (\S+)$/gm)].map(([, name]) => name),
  );
  for (const page of readdirSync(RUNBOOKS))
    for (const [, command] of readFileSync(join(RUNBOOKS, page), 'utf8').matchAll(/(?:^|`)tsgov ([a-z]+)/gm))
      assert.ok(commands.has(command), `${page}: tsgov ${command}`);
});

test('every alert is tested: it fires at some time, and does not at another', () => {
  const file = join(ROOT, 'dashboards/prometheus/tests/tsgov-alerts.test.yaml');
  const { tests } = parse(readFileSync(file, 'utf8')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const cases = tests.flatMap((one) => one.alert_rule_test);
  for (const { alert } of alerts) {
    const own = cases.filter(({ alertname }) => alertname === alert);
    assert.ok(
      own.some(({ exp_alerts: expected }) => expected.length > 0),
      `${alert} never fires`,
    );
    assert.ok(
      own.some(({ exp_alerts: expected }) => expected.length === 0),
      `${alert} always fires`,
    );
  }
});
