import type { ContainerConfig } from '#runtime/spec/container-config.js';
import { busyboxRootfs } from './rootfs.js';
import { type RunHost, type RunResult, runConfig, runHost } from './run-config.js';
import type { Teardown } from './temp.js';

/** Runs a config to its end on a rootfs of busybox and whatever `spoil` does to it; `dir` is the rootfs. */
export async function runInBusybox(
  t: Teardown,
  config: Omit<ContainerConfig, 'id' | 'image'>,
  spoil?: (dir: string) => void,
  host?: RunHost,
): Promise<RunResult & { dir: string }> {
  const dir = busyboxRootfs(t, spoil);
  return { ...(await runConfig(host ?? (await runHost(t)), { image: { kind: 'rootfs', dir }, ...config })), dir };
}

/** A command for busybox's shell. */
export const sh = (script: string): string[] => ['/bin/sh', '-c', script];
