import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BPF_PROGRAMS, lackingInBtf } from '#native/bpf-features.js';

test('what a kernel has not of a program is named', () => {
  const btf = Buffer.from('\0btf_trace_sched_switch\0last_queued\0btf_trace_mark_victim_x\0');
  assert.deepEqual(lackingInBtf(btf, { tracepoints: ['sched_switch', 'mark_victim'], members: ['last_queued', 'cfs_rq'] }), [
    'tracepoint mark_victim',
    'cfs_rq',
  ]);
});

test('every program says which kernel has it', () => {
  for (const { name, kernel, tracepoints } of BPF_PROGRAMS) {
    assert.match(kernel, /^Linux \d+\.\d+ or newer/, name);
    assert.ok(tracepoints.length > 0, name);
  }
});
