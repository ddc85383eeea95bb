import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from './environments.js';
import { type GuestResult, runInGuest } from './guest.js';
import { guestInitramfs } from './initramfs.js';
import { guestKernel } from './kernel-package.js';

/** The project's root directory. */
export const ROOT = resolve(import.meta.dirname, '../../..');
/** Kernels and initramfs, kept from run to run. */
export const CACHE = process.env.TSGOV_VM_CACHE ?? join(ROOT, '.cache/vm');

const MEMORY_MIB = 2048;

/** Runs bash lines, in the project's directory, in a guest of this environment; its output goes to ours as it comes. */
export async function boot(environment: Environment, job: readonly string[], timeoutMs: number): Promise<GuestResult> {
  mkdirSync(CACHE, { recursive: true });
  const started = performance.now();
  const kernel = guestKernel(environment.kernelPackage, CACHE);
  const result = await runInGuest({
    kernel,
    initramfs: guestInitramfs(kernel, CACHE),
    cgroup: environment.cgroup,
    init: environment.init,
    memoryMiB: MEMORY_MIB,
    script: [...preamble(environment.name), ...job].join('\n'),
    timeoutMs,
    onOutput: (stream, chunk) => (stream === 'out' ? process.stdout : process.stderr).write(chunk),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`guest ${environment.name} (${kernel.release}): exit ${result.code} after ${seconds} s\n`);
  return result;
}

/** A word for bash. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Directories that must carry an overlay's upper layer lie on the lab disk: the guest's own root is an overlay already. */
function preamble(environment: string): string[] {
  return [
    `export PATH=${quoted(process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin')} HOME=/root LANG=C.UTF-8`,
    `export CI=${quoted(process.env.CI ?? '')}`,
    `export TSGOV_TEST_ENVIRONMENT=${environment} TMPDIR=/lab/tmp`,
    'mkdir -p /lab/tmp',
    `cd ${quoted(ROOT)} || exit 125`,
  ];
}
