import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BpfFigures } from '#agent/bpf/bpf-figures.js';
import { latencyReader } from '#agent/bpf/latency.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';

const words = (slot: number, count: number, length: number): Float64Array => {
  const made = new Float64Array(length).fill(7);
  made.fill(0, 0, LATENCY_SLOTS);
  made[slot] = count;
  return made;
};

test('Histograms of a container are its latency slots alone, block I/O by device and operation', () => {
  const figures: BpfFigures = {
    container: (id) => (id === 'a1' ? { runQueue: words(3, 5, 28), blockIo: new Map([['254:0 write', words(10, 2, 45)]]) } : {}),
    own: () => ({ collectors: [], costs: [], drops: [] }),
  };
  const view = latencyReader(figures, (ref) => ({ id: `${ref}1`, name: ref }))('a');
  assert.deepEqual([view.id, view.name, view.off], ['a1', 'a', []]);
  assert.equal(view.runQueue?.length, LATENCY_SLOTS);
  assert.deepEqual([view.runQueue?.[3], view.runQueue?.reduce((sum, count) => sum + count)], [5, 5]);
  assert.deepEqual(
    view.blockIo.map(({ device, operation, counts }) => [device, operation, counts[10], counts.length]),
    [['254:0', 'write', 2, LATENCY_SLOTS]],
  );
});

test('What does not run is named with its reason, and only that which is about latency', () => {
  const figures: BpfFigures = {
    container: () => ({}),
    own: () => ({
      collectors: [
        { name: 'run-queue latency', object: 'runqueue.bpf.o', state: 'off', reason: 'no libbpf' },
        { name: 'block I/O latency', object: 'block-io.bpf.o', state: 'on' },
        { name: 'TCP', object: 'tcp.bpf.o', state: 'off', reason: 'no libbpf' },
      ],
      costs: [],
      drops: [],
    }),
  };
  const view = latencyReader(figures, (ref) => ({ id: ref, name: ref }))('a');
  assert.deepEqual([view.runQueue, view.blockIo], [null, []]);
  assert.deepEqual(view.off, [{ collector: 'run-queue latency', reason: 'no libbpf' }]);
});
