import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type CpioEntry, cpio } from './cpio.js';
import type { GuestKernel } from './kernel-package.js';
import { EARLY_MODULES, LATE_MODULES, moduleLoadOrder } from './modules.js';

const BUSYBOX = '/bin/busybox';
const INIT_SCRIPT = resolve(import.meta.dirname, '../../../test/vm/guest-init.sh');

/** The initramfs of a kernel: busybox, the modules and the guest's first process. Cached; made anew when the script changes. */
export function guestInitramfs(kernel: GuestKernel, cacheDir: string): string {
  const init = readFileSync(INIT_SCRIPT);
  const path = join(cacheDir, `initramfs-${kernel.release}-${fingerprint(init)}.cpio`);
  if (existsSync(path)) return path;
  const early = moduleLoadOrder(kernel.modulesDir, EARLY_MODULES);
  const late = moduleLoadOrder(kernel.modulesDir, LATE_MODULES, LATE_MODULES).filter((module) => !early.includes(module));
  const entries: CpioEntry[] = [
    ...['bin', 'dev', 'proc', 'sys', 'modules'].map((name) => ({ name, mode: 0o040755 })),
    { name: 'dev/console', mode: 0o020600, device: [5, 1] },
    { name: 'bin/busybox', mode: 0o100755, data: readFileSync(BUSYBOX) },
    { name: 'init', mode: 0o100755, data: init },
    ...[...early, ...late].map((module) => ({
      name: `modules/${plainName(module)}`,
      mode: 0o100644,
      data: plainModule(join(kernel.modulesDir, module)),
    })),
    { name: 'modules/early', mode: 0o100644, data: Buffer.from(lines(early)) },
    { name: 'modules/late', mode: 0o100644, data: Buffer.from(lines(late)) },
  ];
  for (const old of readdirSync(cacheDir).filter((file) => file.startsWith(`initramfs-${kernel.release}-`)))
    rmSync(join(cacheDir, old));
  writeFileSync(`${path}.part`, cpio(entries));
  renameSync(`${path}.part`, path);
  return path;
}

/** The job as a second archive, appended to the initramfs on each boot. */
export function jobArchive(script: string): Buffer {
  return cpio([{ name: 'job.sh', mode: 0o100755, data: Buffer.from(script) }]);
}

const plainName = (module: string): string => basename(module).replace(/\.xz$/, '');
const lines = (modules: string[]): string => modules.map((module) => `${plainName(module)}\n`).join('');

/** busybox's insmod cannot unpack xz. */
function plainModule(path: string): Buffer {
  return path.endsWith('.xz') ? execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 28 }) : readFileSync(path);
}

function fingerprint(data: Buffer): string {
  let hash = 2166136261;
  for (const byte of data) hash = Math.imul(hash ^ byte, 16777619) >>> 0;
  return hash.toString(16);
}
