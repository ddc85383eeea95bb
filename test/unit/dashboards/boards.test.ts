import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildBoard } from '#dashboards/board.js';
import { BOARDS } from '#dashboards/boards.js';
import { knownSeries } from '#test/support/metric-catalogue.js';
import { selectorsOf } from '#test/support/promql.js';

/** Labels that Prometheus adds when it scrapes. */
const SCRAPED = ['instance', 'job'];
/** What Grafana itself puts in. */
const GRAFANA = ['__rate_interval', '__range', 'datasource'];

for (const board of BOARDS) {
  const built = buildBoard(board);
  const panels = (built.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');
  const exprs = panels.flatMap(({ title, targets }) =>
    (targets ?? []).map((target) => ({ where: title ?? '', expr: String((target as { expr?: unknown }).expr) })),
  );
  const annotations = (built.annotations?.list ?? []).map(({ name, expr }) => ({ where: name, expr: expr ?? '' }));
  const queries = (built.templating?.list ?? []).flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ where: name, expr: /^label_values\((.*), \w+\)$/.exec(definition)?.[1] ?? definition }],
  );
  const all = [...exprs, ...annotations, ...queries];

  test(`${board.title}: every expression is PromQL, of metrics and labels the agent has`, async () => {
    const catalogue = knownSeries();
    assert.ok(exprs.length >= panels.length && panels.length > 0);
    for (const { where, expr } of all) {
      const selectors = selectorsOf(expr);
      assert.ok(selectors.length > 0, `${where}: ${expr} selects nothing`);
      for (const { metric, labels } of selectors) {
        const known = catalogue.get(metric) ?? assert.fail(`${where}: no metric ${metric}`);
        for (const label of labels) assert.ok(known.has(label) || SCRAPED.includes(label), `${where}: ${metric} has no ${label}`);
      }
    }
  });

  test(`${board.title}: every variable that is used is one of it, and the datasource is one`, () => {
    const variables = new Set((built.templating?.list ?? []).map(({ name }) => name));
    for (const { where, expr } of all)
      for (const [, name = ''] of expr.matchAll(/\$\{?(\w+)/g))
        assert.ok(variables.has(name) || GRAFANA.includes(name), `${where}: $${name}`);
    for (const panel of panels) assert.equal(panel.datasource?.uid, '$datasource', panel.title);
    for (const { name, datasource } of built.annotations?.list ?? []) assert.equal(datasource?.uid, '$datasource', name);
  });

  test(`${board.title}: every panel says what it shows, in which unit, and none lies on another`, () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const taken = new Set<string>();
    for (const panel of panels) {
      assert.ok((panel.description ?? '').length > 10, `${panel.title} has no description`);
      // A table's units are its columns', a heat map's its axis'.
      const unit = JSON.stringify([panel.fieldConfig, panel.options]).match(/"(unit|id":"unit)"/);
      assert.ok(unit !== null, `${panel.title} has no unit`);
      const { x = 0, y = 0, w = 0, h = 0 } = panel.gridPos ?? {};
      assert.ok(x + w <= 24, `${panel.title} ends at ${x + w} of 24`);
      for (let column = x; column < x + w; column++)
        for (let row = y; row < y + h; row++) {
          assert.ok(!taken.has(`${column},${row}`), `${panel.title} lies on another`);
          taken.add(`${column},${row}`);
        }
    }
  });
}

test('dashboards have a uid and a title of their own, and link to each other by the tag', () => {
  const built = BOARDS.map(buildBoard);
  assert.equal(new Set(built.map(({ uid }) => uid)).size, BOARDS.length);
  assert.equal(new Set(built.map(({ title }) => title)).size, BOARDS.length);
  for (const { title, tags, links } of built) {
    assert.deepEqual(tags, ['tsgov'], title);
    assert.deepEqual(links?.[0]?.tags, ['tsgov'], title);
  }
});

test('an expression with an error is told, and so is a metric that is none', () => {
  assert.throws(() => selectorsOf('sum by (le (rate(x[5m]))'), /no PromQL/);
  assert.deepEqual(selectorsOf('rate(a{b=~"$c"}[$__rate_interval]) / on (d) e'), [
    { metric: 'a', labels: ['b'] },
    { metric: 'e', labels: [] },
  ]);
});
