import type { ContainerView, StatsView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';

/** Three containers with fixed figures, for golden /metrics: `web` runs with a quota, `ice` is frozen without one, `done` has ended. */
export class FixtureBackend {
  views: ContainerView[] = [
    view('web', {
      image: 'host:',
      labels: { tier: 'front "a"', 'com.example/owner': 'x\\y' },
      cgroups: { cpu: '/sys/fs/cgroup/cpu/tsgov/web-id', memory: '/sys/fs/cgroup/memory/tsgov/web-id' },
      limits: { cpu: { max: 0.5, period: '50ms', weight: 100 }, memory: { max: 64 << 20, swap: 16 << 20, low: 1 << 20 } },
      restartCount: 2,
    }),
    view('ice', {
      image: 'rootfs:/r',
      state: { status: 'frozen' },
      limits: { cpu: { max: 'max', shares: 512 }, memory: { max: 'max' } },
    }),
    view('done', { state: { status: 'exited', pid: null, exitCode: 137, oomKilled: true, finishedAt: '2026-01-01T00:05:00Z' } }),
  ];

  list(): ContainerView[] {
    return this.views;
  }

  end(name: string): void {
    for (const one of this.views) if (one.name === name) one.state = { ...one.state, status: 'exited', pid: null, exitCode: 0 };
  }

  stats(id: string): StatsView {
    const found = this.views.find((one) => one.id === id);
    if (found === undefined || found.state.status === 'exited') throw new AgentError('STATE_CONFLICT', `${id} does not run`);
    return found.name === 'web' ? webStats(found) : { ...emptyStats(found), memory: { currentBytes: 4096 } };
  }
}

function webStats(found: ContainerView): StatsView {
  return {
    ...emptyStats(found),
    cpu: {
      usageUsec: 12_345_678,
      userUsec: 10_000_001,
      systemUsec: 2_345_677,
      periods: 100,
      throttledPeriods: 40,
      throttledUsec: 1_500_000,
      cores: 0.5,
    },
    memory: {
      currentBytes: 50_000_000,
      peakBytes: 67_108_864,
      workingSetBytes: 40_000_000,
      anonBytes: 30_000_000,
      fileBytes: 20_000_000,
      swapBytes: 4096,
      maxBytes: 67_108_864,
      oomKills: 3,
      failCount: 7,
    },
    pids: { current: 5, max: 64 },
    io: {
      readBytes: 4096,
      writeBytes: 8192,
      reads: 1,
      writes: 2,
      devices: [{ device: '254:0', readBytes: 4096, writeBytes: 8192, reads: 1, writes: 2 }],
    },
    network: [{ interface: 'lo', receiveBytes: 10, transmitBytes: 20, receivePackets: 1, transmitPackets: 2 }],
    pressure: {
      cpu: {
        some: { avg10: 1, avg60: 2, avg300: 3, totalUsec: 2_500_000 },
        full: { avg10: 0, avg60: 0, avg300: 0, totalUsec: 1 },
      },
    },
  };
}

function emptyStats(found: ContainerView): StatsView {
  return {
    id: found.id,
    name: found.name,
    time: '2026-01-01T00:10:00Z',
    cpu: { usageUsec: 0 },
    memory: { currentBytes: 0 },
    pids: {},
    io: { readBytes: 0, writeBytes: 0, reads: 0, writes: 0, devices: [] },
    network: [],
  };
}

function view(
  name: string,
  change: Partial<Omit<ContainerView, 'state'>> & { state?: Partial<ContainerView['state']> },
): ContainerView {
  const { state, ...rest } = change;
  return {
    id: `${name}-id`,
    name,
    image: 'host:',
    runtime: 'tsgov',
    command: ['true'],
    labels: {},
    createdAt: '2026-01-01T00:00:00Z',
    limits: {},
    limitSources: {},
    conditions: [],
    policies: [],
    cgroups: {},
    restart: 'no',
    restartCount: 0,
    tty: false,
    stdin: false,
    autoRemove: false,
    stopSignal: 'SIGTERM',
    bundle: '/b',
    logPath: null,
    ...rest,
    state: {
      status: 'running',
      pid: 1,
      exitCode: null,
      oomKilled: false,
      startedAt: '2026-01-01T00:00:01.500Z',
      finishedAt: null,
      error: null,
      ...state,
    },
  };
}
