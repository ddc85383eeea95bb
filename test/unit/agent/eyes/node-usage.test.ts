import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cpuTimes, nodeUsage } from '#agent/eyes/node-usage.js';
import { tempDir } from '#test/support/temp.js';

const STAT = `cpu  300 30 60 6000 600 3 6 9 50 5
cpu0 100 10 20 2000 200 1 2 3 25 2
cpu2 200 20 40 4000 400 2 4 6 25 3
intr 5 1 2
`;

test('each online CPU has busy and idle time; iowait is idle, steal neither, guest time is not counted twice', () => {
  assert.deepEqual(cpuTimes(STAT), [
    { busyUsec: 1_330_000, idleUsec: 22_000_000 },
    { busyUsec: 2_660_000, idleUsec: 44_000_000 },
  ]);
});

test('a kernel that does not say MemAvailable leaves it out', (t) => {
  const proc = tempDir(t);
  mkdirSync(proc, { recursive: true });
  writeFileSync(join(proc, 'stat'), STAT);
  writeFileSync(join(proc, 'loadavg'), '0.50 1.25 2.00 1/234 5678\n');
  writeFileSync(join(proc, 'meminfo'), 'MemTotal:        1000 kB\nMemFree: 5 kB\nSwapTotal: 20 kB\nSwapFree: 10 kB\n');
  const { cpus, ...usage } = nodeUsage(proc);
  assert.equal(cpus.length, 2);
  assert.deepEqual(usage, { memTotalBytes: 1_024_000, swapTotalBytes: 20_480, swapFreeBytes: 10_240, load: [0.5, 1.25, 2] });
});
