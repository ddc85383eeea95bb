import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import { coresPercent, liveRows } from '#src/top/live/live-rows.js';

const container = (change: Partial<ContainerUsage>): ContainerUsage => ({
  id: 'a',
  name: 'a',
  image: 'i',
  runtime: 'tsgov',
  status: 'running',
  restartCount: 2,
  policies: [],
  drifts: 1,
  limits: {},
  signals: {},
  ...change,
});
const usage = (seconds: number, containers: ContainerUsage[], change: Partial<UsageView['node']> = {}): UsageView => ({
  time: new Date(seconds * 1000).toISOString(),
  tickTime: null,
  node: {
    hostname: 'h',
    cpus: [],
    memTotalBytes: 100,
    swapTotalBytes: 10,
    swapFreeBytes: 4,
    load: [1, 2, 3],
    signals: {},
    ...change,
  },
  containers,
});

test('rates are between two answers; of one, or where counting began anew, there is none that is wrong', () => {
  const net = (receiveBytes: number, transmitBytes: number) => container({ network: { receiveBytes, transmitBytes } });
  const figures = (before: UsageView | undefined, after: UsageView) => liveRows(before, after).rows[0]!.figures;
  assert.deepEqual(figures(undefined, usage(0, [net(5, 5)])), {});
  assert.deepEqual(figures(usage(0, [net(100, 1000)]), usage(2, [net(300, 400)])), { receiveBps: 100, transmitBps: 200 });
  assert.deepEqual(figures(usage(0, [container({})]), usage(2, [net(300, 400)])), {});
});

test('max is no limit, and what the host does not have is absent', () => {
  const { rows, node } = liveRows(
    undefined,
    usage(0, [container({ limits: { 'cpu.max': 0.5, 'memory.max': 'max', 'pids.max': 9 }, signals: { 'cpu.usage': 0.25 } })]),
  );
  assert.deepEqual(rows[0]?.figures, { cpuCores: 0.25, cpuMaxCores: 0.5, pidsMax: 9 });
  assert.deepEqual([rows[0]?.restarts, rows[0]?.drifts], [2, 1]);
  assert.deepEqual([node.swapUsedBytes, 'memoryUsedBytes' in node, 'cpuSome' in node], [6, false, false]);
});

test('plain cgroups that nobody governs are left out', () => {
  const other = (change: Partial<ContainerUsage>) => container({ runtime: 'other', ...change });
  const shown = usage(0, [
    other({ id: '1' }),
    other({ id: '2', policies: ['p'] }),
    other({ id: '3', signals: { 'pids.current': 1 } }),
  ]);
  assert.deepEqual(
    liveRows(undefined, shown).rows.map(({ id }) => id),
    ['2', '3'],
  );
});

test('each CPU’s share; none when one went offline meanwhile', () => {
  const cpu = (busyUsec: number, idleUsec: number) => ({ busyUsec, idleUsec });
  assert.deepEqual(coresPercent([cpu(0, 0), cpu(10, 10)], [cpu(75, 25), cpu(10, 10)]), [75, 0]);
  assert.deepEqual(coresPercent([cpu(0, 0)], [cpu(1, 1), cpu(1, 1)]), []);
  assert.deepEqual(coresPercent(undefined, [cpu(1, 1)]), []);
});
