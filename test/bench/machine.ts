import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { cgroupMode } from '#test/support/requires.js';

export interface Machine {
  kernel: string;
  cpus: number;
  cpuModel: string;
  memoryBytes: number;
  cgroupMode: string;
  node: string;
  crun: string;
  runc: string;
}

/** What the figures were measured on. */
export function describeMachine(): Machine {
  return {
    kernel: release(),
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    cgroupMode: cgroupMode(),
    node: process.version,
    crun: versionOf('crun'),
    runc: versionOf('runc'),
  };
}

function versionOf(command: string): string {
  const { stdout, error } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return /version (\S+)/.exec(stdout)?.[1] ?? stdout.trim();
}
