import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Needed before the root can be mounted, and after. The guest has no modprobe: order comes from modules.dep. */
export const EARLY_MODULES = ['virtio_pci', 'virtio_console', 'virtio_blk', 'virtiofs', 'overlay'];
export const LATE_MODULES = [
  'veth',
  'bridge',
  'dummy',
  'loop',
  'dm_mod',
  'tun',
  'sch_ingress',
  'cls_bpf',
  'br_netfilter',
  'nft_masq',
  'nft_redir',
  'nft_reject_inet',
  'nft_limit',
  'nft_chain_nat',
  'bfq',
  // What ss(8) asks; without them it reads /proc and says less.
  'tcp_diag',
  'udp_diag',
  'unix_diag',
];

/**
 * Paths (relative to modulesDir) of the named modules with everything they need, dependencies first. A name that is built into the
 * kernel is left out; one that is neither is an error unless in `optional`.
 */
export function moduleLoadOrder(modulesDir: string, names: readonly string[], optional: readonly string[] = []): string[] {
  const dependencies = parseModulesDep(readFileSync(join(modulesDir, 'modules.dep'), 'utf8'));
  const builtin = new Set(readFileSync(join(modulesDir, 'modules.builtin'), 'utf8').split('\n').map(moduleName));
  const order: string[] = [];
  const add = (path: string): void => {
    for (const needed of dependencies.get(path) ?? []) add(needed);
    if (!order.includes(path)) order.push(path);
  };
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  for (const name of names) {
    const path = byName.get(name);
    if (path !== undefined) add(path);
    else if (!builtin.has(name) && !optional.includes(name)) throw new Error(`module ${name} is not in ${modulesDir}`);
  }
  return order;
}

/** `a.ko: b.ko c.ko` lists what a needs, the last to be loaded first. */
function parseModulesDep(text: string): Map<string, string[]> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.includes(':'))
      .map((line) => {
        const [path, needs] = line.split(':') as [string, string];
        return [path, needs.trim().split(' ').filter(Boolean).reverse()];
      }),
  );
}

function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.xz|\.zst|\.gz)?$/, '')
    .replaceAll('-', '_');
}
