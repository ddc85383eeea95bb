import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterRerun,
  filesToRerun,
  listDifferences,
  mergeSummaries,
  type TestOutcome,
  testNames,
} from '#test/support/test-summary.js';

const one = (file: string, name: string, outcome: TestOutcome['outcome'] = 'passed'): TestOutcome => ({ file, name, outcome });
const of = (...tests: TestOutcome[]) => ({ tests, files: {} });

test('lists of tests differ by what one has more often than the other', () => {
  const host = { name: 'host', tests: ['f: a', 'f: b', 'f: b'] };
  assert.deepEqual(listDifferences(host, { name: 'v1', tests: ['f: b', 'f: a', 'f: b'] }), []);
  assert.deepEqual(listDifferences(host, { name: 'v2', tests: ['f: b', 'f: c'] }), [
    'only in host, not in v2: f: a',
    'only in host, not in v2: f: b',
    'only in v2, not in host: f: c',
  ]);
});

test('summaries add up', () => {
  const part = (file: string) => ({ tests: [one(file, 't')], files: { [file]: 5 } });
  assert.deepEqual(mergeSummaries([part('a'), part('b')]), { tests: [one('a', 't'), one('b', 't')], files: { a: 5, b: 5 } });
});

test('a suite that fails by itself is no test of the list', () => {
  assert.deepEqual(testNames(of(one('a', 't', 'skipped'), { ...one('a', 'a.test.js', 'failed'), suite: true })), ['a: t']);
});

test('files that failed run once more, but not when many did', () => {
  assert.deepEqual(filesToRerun(of(one('b', 't', 'failed'), one('a', 't', 'failed'), one('a', 'u', 'failed'), one('c', 't'))), [
    'a',
    'b',
  ]);
  assert.deepEqual(filesToRerun(of(...Array.from({ length: 6 }, (_, i) => one(`f${i}`, 't', 'failed')))), []);
});

test('a second run counts in place of the first, and what failed only then is flaky', () => {
  const first = of(one('a', 't', 'failed'), one('a', 'u'), one('b', 't', 'failed'), one('c', 't'));
  const second = of(one('a', 't'), one('a', 'u'), one('b', 't', 'failed'));
  const { summary, flaky } = afterRerun(first, second);
  assert.deepEqual(summary.tests, [one('c', 't'), one('a', 't'), one('a', 'u'), one('b', 't', 'failed')]);
  assert.deepEqual(flaky, [one('a', 't', 'failed')]);
});

test('a file that fails another way the second time has failed', () => {
  const { summary, flaky } = afterRerun(of(one('a', 't', 'failed'), one('a', 'u')), of(one('a', 't'), one('a', 'u', 'failed')));
  assert.deepEqual(flaky, []);
  assert.equal(summary.tests.filter(({ outcome }) => outcome === 'failed').length, 1);
});
