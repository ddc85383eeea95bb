import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { limitsTable } from '#src/cli/output/limits-table.js';

test('limits in force, one a row, with who set each', () => {
  const view = {
    name: 'w',
    limits: {
      memory: { max: 64 << 20, swap: 'max', oomGroup: true },
      cpu: { max: 0.5, period: '100ms' },
      pids: { max: 64 },
      io: { devices: [{ device: '/data', disk: { number: '254:0', name: 'vda' }, readBps: 1 << 20, writeIops: 500 }] },
      hugetlb: { '2MB': 64 << 20 },
      state: 'thawed',
    },
    limitSources: { 'memory.max': 'run', 'cpu.max': 'override', 'io.devices[254:0].readBps': 'policy/batch' },
  } as unknown as ContainerView;
  assert.equal(
    limitsTable([view, { ...view, name: 'free', limits: {} }]),
    `NAME   LIMIT                           VALUE    SET BY
w      memory.max                      64MiB    run
w      memory.swap                     max
w      memory.oomGroup                 true
w      cpu.max                         0.5      override
w      cpu.period                      100ms
w      pids.max                        64
w      io.readBps /data (disk vda)     1MiB/s   policy/batch
w      io.writeIops /data (disk vda)   500
w      hugetlb.2MB                     64MiB
w      state                           thawed
free   (none)
`,
  );
});
