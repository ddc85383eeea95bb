import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every contestant runs under. */
export const LIMITS = { cores: 1, memoryBytes: 256 * 1024 * 1024, pids: 256 };

/**
 * Makes `dir` an OCI bundle for crun and runc: `runc spec` without a terminal, with the limits above and a cgroup namespace (as
 * tsgov's default has), and the bench's static programs as its root filesystem. Answers the rootfs.
 */
export function makeBundle(dir: string, programs: string): string {
  const rootfs = join(dir, 'rootfs');
  mkdirSync(rootfs, { recursive: true });
  for (const name of ['true', 'crowd']) {
    copyFileSync(join(programs, name), join(rootfs, name));
    chmodSync(join(rootfs, name), 0o755);
  }
  const made = spawnSync('runc', ['spec', '--bundle', dir], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`runc spec: ${made.error?.message ?? made.stderr}`);
  const path = join(dir, 'config.json');
  const spec = JSON.parse(readFileSync(path, 'utf8')) as OciSpec;
  spec.process.terminal = false;
  spec.process.args = ['/true'];
  spec.linux.namespaces.push({ type: 'cgroup' });
  spec.linux.resources.memory = { limit: LIMITS.memoryBytes };
  spec.linux.resources.pids = { limit: LIMITS.pids };
  spec.linux.resources.cpu = { quota: LIMITS.cores * 100_000, period: 100_000 };
  writeFileSync(path, JSON.stringify(spec));
  return rootfs;
}

interface OciSpec {
  process: { terminal: boolean; args: string[] };
  linux: {
    namespaces: { type: string }[];
    resources: {
      memory?: { limit: number };
      pids?: { limit: number };
      cpu?: { quota: number; period: number };
    };
  };
}
