import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsOf } from '#src/cli/metrics-flags.js';

const NONE = { 'metrics-label-allow': [], 'metrics-grace': undefined };

test('Labels of metrics by flags, with commas or given again, or else by the environment; the grace period too', () => {
  assert.deepEqual(metricsOf(NONE, {}), { labelAllow: [], graceMs: undefined });
  const env = { TSGOV_METRICS_LABEL_ALLOW: 'tier, com.example.*', TSGOV_METRICS_GRACE: '1m' };
  assert.deepEqual(metricsOf(NONE, env), { labelAllow: ['tier', 'com.example.*'], graceMs: 60_000 });
  assert.deepEqual(metricsOf({ 'metrics-label-allow': ['a,b', 'c'], 'metrics-grace': 0 }, env), {
    labelAllow: ['a', 'b', 'c'],
    graceMs: 0,
  });
});

test('A duration that is none is refused by name', () => {
  assert.throws(() => metricsOf(NONE, { TSGOV_METRICS_GRACE: 'soon' }), /TSGOV_METRICS_GRACE: "soon"/);
});
