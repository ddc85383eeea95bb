import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pressureCollectors, pressureOf } from '#agent/sampler/collectors/pressure.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { cgroupSample } from '#test/support/samples.js';

const TEXT = 'some avg10=1.25 avg60=0.50 avg300=100.00 total=123456789012\nfull avg10=0.00 avg60=0.07 avg300=3.00 total=7\n';
const EXPECTED = {
  some: { avg10: 1.25, avg60: 0.5, avg300: 100, totalUsec: 123_456_789_012 },
  full: { avg10: 0, avg60: 0.07, avg300: 3, totalUsec: 7 },
};

test('a pressure file, whole, without full, empty, cut short', () => {
  assert.deepEqual(pressureOf(Buffer.from(TEXT)), EXPECTED);
  const [some = ''] = TEXT.split('\n');
  assert.deepEqual(pressureOf(Buffer.from(some)), { some: EXPECTED.some, full: undefined });
  assert.equal(pressureOf(Buffer.alloc(0)), undefined);
  assert.equal(pressureOf(Buffer.from('some avg10=1.25 avg60=0.5')), undefined);
});

test('a sample that is written over keeps nothing of what it had', () => {
  const host = { unified: { version: 2, mount: '/x', controllers: [] } } as unknown as CgroupHost;
  const [collector] = pressureCollectors(host);
  const sample = cgroupSample();
  const parse = (text: string): void => collector?.parse(Buffer.from(`9${text}9`), 1, 1 + text.length, sample);
  parse(TEXT);
  assert.deepEqual(sample.cpuPressure, EXPECTED);
  const before = sample.cpuPressure;
  parse('some avg10=9.00 avg60=8.00 avg300=7.00 total=6\n');
  assert.equal(sample.cpuPressure, before);
  assert.deepEqual(sample.cpuPressure, { some: { avg10: 9, avg60: 8, avg300: 7, totalUsec: 6 }, full: undefined });
  collector?.absent?.(sample);
  assert.equal(sample.cpuPressure, undefined);
});
