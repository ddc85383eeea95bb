import * as check from './check.js';
import { specInvalid } from './errors.js';
import type { OciNamespaceType } from './oci.js';

/** Sysctls of an IPC namespace. Source: ipc_namespaces(7). */
const IPC = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** `linux.sysctl`: only keys that a namespace of the container's own keeps from the node. */
export function checkSysctls(value: unknown, namespaces: ReadonlyMap<OciNamespaceType, string | undefined>): void {
  const sysctls = check.optional(value, 'linux.sysctl', check.dictionary) ?? {};
  for (const key of Object.keys(sysctls)) {
    const field = `linux.sysctl[${JSON.stringify(key)}]`;
    const name = sysctlPath(key).replaceAll('/', '.');
    if (
      !/^[\w*.:/@-]+$/.test(key) ||
      sysctlPath(key)
        .split('/')
        .some((part) => part === '' || part === '.' || part === '..')
    ) {
      throw specInvalid(field, 'is no sysctl name');
    }
    if (name === 'kernel.hostname') throw specInvalid(field, 'set hostname instead');
    const needed = namespaceOf(name);
    if (needed === undefined) throw specInvalid(field, "is not kept apart by any namespace: it would be the node's own");
    if (!namespaces.has(needed))
      throw specInvalid(field, `would be the node's own: it needs a ${needed} namespace in linux.namespaces`);
  }
}

/**
 * The path of a sysctl beneath /proc/sys. Keys are written with dots or with slashes; which comes first separates, and the other
 * stands for itself (`net/ipv4/conf/eth0.1/rp_filter`). Source: sysctl(8).
 */
export function sysctlPath(key: string): string {
  const separator = /[./]/.exec(key)?.[0];
  if (separator !== '.') return key;
  return key.replace(/[./]/g, (char) => (char === '.' ? '/' : '.'));
}

function namespaceOf(name: string): OciNamespaceType | undefined {
  if (name.startsWith('net.')) return 'network';
  if (IPC.has(name) || name.startsWith('fs.mqueue.')) return 'ipc';
  if (name === 'kernel.domainname') return 'uts';
  if (name.startsWith('user.')) return 'user';
  return undefined;
}
