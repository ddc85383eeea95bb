import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Environment } from './environments.js';
import { type GuestResult, runInGuest } from './guest.js';
import { guestInitramfs } from './initramfs.js';
import { guestKernel } from './kernel-package.js';
import { bundleGuestTests } from './test-bundle.js';

/** The project's root directory. */
export const ROOT = resolve(import.meta.dirname, '../../..');
/** Kernels and initramfs, kept from run to run. */
export const CACHE = process.env.TSGOV_VM_CACHE ?? join(ROOT, '.cache/vm');

const MEMORY_MIB = 2048;
/** The longest step of any job is far from it, also on a busy host. */
const SILENCE_MS = 180_000;

/** Codes of a GuestResult that mean that the emulator failed, not the job: such a guest is run once more. */
export const LOST: readonly number[] = [124, 125];

export interface BootOptions {
  timeoutMs: number;
  /** Before each line of output, where several guests run at a time. */
  prefix?: string;
}

/** Of all guests of this process. */
let bundle: Promise<string> | undefined;

/** Runs bash lines, in the project's directory, in a guest of this environment; its output goes to ours line by line as it comes. */
export async function boot(environment: Environment, job: readonly string[], options: BootOptions): Promise<GuestResult> {
  mkdirSync(CACHE, { recursive: true });
  const started = performance.now();
  const kernel = guestKernel(environment.kernelPackage, CACHE);
  bundle ??= bundleGuestTests(ROOT);
  const { prefix = '' } = options;
  const lines = { out: lineWriter(process.stdout, prefix), err: lineWriter(process.stderr, prefix) };
  const result = await runInGuest({
    kernel,
    initramfs: guestInitramfs(kernel, CACHE),
    cgroup: environment.cgroup,
    init: environment.init,
    memoryMiB: MEMORY_MIB,
    script: [...preamble(environment.name, await bundle), ...job].join('\n'),
    timeoutMs: options.timeoutMs,
    silenceMs: SILENCE_MS,
    onOutput: (stream, chunk) => lines[stream](chunk),
  });
  lines.out(Buffer.of());
  lines.err(Buffer.of());
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`guest ${environment.name} (${kernel.release}): exit ${result.code} after ${seconds} s\n`);
  return result;
}

/** Whole lines to a stream; an empty chunk ends the last one. */
function lineWriter(to: NodeJS.WriteStream, prefix: string): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const text = rest + chunk.toString('latin1');
    const end = chunk.length === 0 ? text.length : text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    const whole = text.slice(0, end);
    if (whole !== '') to.write(Buffer.from(whole.replace(/^(?=.)/gm, prefix), 'latin1'));
  };
}

/** A word for bash. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Directories that must carry an overlay's upper layer lie on the lab disk: the guest's own root is an overlay already. */
function preamble(environment: string, tests: string): string[] {
  return [
    `export PATH=${quoted(process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin')} HOME=/root LANG=C.UTF-8`,
    `export CI=${quoted(process.env.CI ?? '')}`,
    `export TSGOV_TEST_ENVIRONMENT=${environment} TMPDIR=/lab/tmp TSGOV_TEST_BUNDLE=${quoted(tests)}`,
    'mkdir -p /lab/tmp',
    `cd ${quoted(ROOT)} || exit 125`,
  ];
}
