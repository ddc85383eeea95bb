import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ENVIRONMENTS, SYSTEMD_ENVIRONMENT } from './environments.js';
import { runInGuest } from './guest.js';
import { guestInitramfs } from './initramfs.js';
import { guestKernel } from './kernel-package.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const CACHE = process.env.TSGOV_VM_CACHE ?? join(ROOT, '.cache/vm');
const TIMEOUT_MS = 300_000;
const MEMORY_MIB = 2048;

/**
 * `node dist/test/vm/main.js [ENVIRONMENT…] -- COMMAND…`: runs one command, in the project's directory, in each guest in turn.
 * Exits with the first guest's code that is not 0.
 */
async function main(argv: string[]): Promise<number> {
  const split = argv.indexOf('--');
  const names = split < 0 ? argv : argv.slice(0, split);
  const command = split < 0 ? ['true'] : argv.slice(split + 1);
  const known = [...ENVIRONMENTS, SYSTEMD_ENVIRONMENT];
  const unknown = names.filter((name) => !known.some((environment) => environment.name === name));
  if (unknown.length > 0)
    throw new Error(`no environment ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  mkdirSync(CACHE, { recursive: true });
  let code = 0;
  for (const environment of names.length === 0 ? ENVIRONMENTS : known.filter(({ name }) => names.includes(name))) {
    const started = performance.now();
    const kernel = guestKernel(environment.kernelPackage, CACHE);
    const rc = await runInGuest({
      kernel,
      initramfs: guestInitramfs(kernel, CACHE),
      cgroup: environment.cgroup,
      init: environment.init,
      memoryMiB: MEMORY_MIB,
      script: jobScript(command, environment.name),
      timeoutMs: TIMEOUT_MS,
      onOutput: (stream, chunk) => (stream === 'out' ? process.stdout : process.stderr).write(chunk),
    });
    process.stderr.write(
      `guest ${environment.name} (${kernel.release}): exit ${rc} after ${((performance.now() - started) / 1000).toFixed(1)} s\n`,
    );
    if (code === 0) code = rc;
  }
  return code;
}

/** Directories that must carry an overlay's upper layer lie on the lab disk: the guest's own root is an overlay already. */
function jobScript(command: readonly string[], environment: string): string {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  return [
    `export PATH=${process.env.PATH} HOME=/root LANG=C.UTF-8 CI='${process.env.CI ?? ''}'`,
    `export TSGOV_TEST_ENVIRONMENT=${environment} TMPDIR=/lab/tmp`,
    'mkdir -p /lab/tmp',
    `cd '${ROOT}' || exit 125`,
    quoted,
  ].join('\n');
}

process.exitCode = await main(process.argv.slice(2));
