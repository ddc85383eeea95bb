import type { ContainerConfig, MountConfig } from './container-config.js';
import { DEFAULT_SHM_BYTES, defaultMounts } from './defaults.js';
import { configInvalid } from './errors.js';
import { parseMountOptions } from './mount-options.js';
import type { OciConfig, OciMount, OciNamespace } from './oci.js';

/**
 * All mounts in order: what makes up the root, the default filesystems (or the bundle's), then the user's, parents before what lies
 * in them. A mount of the user's with the very target of another replaces it.
 */
export function buildMounts(
  config: ContainerConfig,
  base: OciConfig | undefined,
  rootMounts: readonly OciMount[],
  namespaces: readonly OciNamespace[],
): OciMount[] {
  const user = [
    ...(config.mounts ?? []).map((mount, index) => userMount(mount, `mounts[${index}]`)),
    ...(config.tmpfs ?? []).map((text, index) => tmpfsMount(text, `tmpfs[${index}]`)),
  ];
  const targets = new Set<string>();
  for (const mount of user) {
    if (targets.has(mount.destination)) throw configInvalid('mounts', `${mount.destination} is mounted twice`);
    targets.add(mount.destination);
  }
  const before = (base?.mounts ?? defaults(config, namespaces)).filter((mount) => !targets.has(mount.destination));
  return [...rootMounts, ...before, ...user.sort((a, b) => depth(a) - depth(b))];
}

function defaults(config: ContainerConfig, namespaces: readonly OciNamespace[]): OciMount[] {
  const own = (type: string): boolean => namespaces.some((entry) => entry.type === type);
  const mounts = defaultMounts({
    shmBytes: config.shmSizeBytes ?? DEFAULT_SHM_BYTES,
    readonlySys: config.privileged !== true,
    sysfs: own('network') || !own('user'),
  });
  if (own('ipc')) return mounts;
  // With the node's IPC its shared memory comes too, or the two could not share anything.
  return mounts.map((mount) =>
    mount.destination === '/dev/shm'
      ? { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', 'rprivate', 'nosuid', 'noexec', 'nodev'] }
      : mount,
  );
}

/** Options of Docker's -v that mean nothing on Linux without SELinux or volumes. */
const IGNORED = new Set(['z', 'Z', 'nocopy', 'cached', 'delegated', 'consistent']);

function userMount(mount: MountConfig, field: string): OciMount {
  const destination = targetPath(mount.target, field);
  const words = (mount.options ?? []).filter((word) => !IGNORED.has(word));
  if (mount.type === 'tmpfs') return { destination, type: 'tmpfs', source: 'tmpfs', options: tmpfsOptions(words) };
  const { source } = mount;
  if (source === undefined || !source.startsWith('/')) {
    throw configInvalid(`${field}.source`, `must be an absolute path of the node, not ${JSON.stringify(source ?? null)}`);
  }
  const parsed = parseMountOptions({ destination, type: 'bind', options: words });
  if (parsed.data.length > 0) throw configInvalid(`${field}.options`, `no option of a bind mount: ${parsed.data[0]?.key}`);
  // Docker's `ro` means all that is mounted beneath too.
  const options = words.map((word) => (word === 'ro' ? 'rro' : word));
  if (!options.includes('bind') && !options.includes('rbind')) options.unshift('rbind');
  if (parsed.propagation.length === 0) options.push('rprivate');
  return { destination, type: 'bind', source, options };
}

function tmpfsMount(text: string, field: string): OciMount {
  const colon = text.indexOf(':');
  const destination = targetPath(colon < 0 ? text : text.slice(0, colon), field);
  return {
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: tmpfsOptions(colon < 0 ? [] : text.slice(colon + 1).split(',')),
  };
}

/** Docker's: noexec, nosuid and nodev unless the user says otherwise. */
function tmpfsOptions(words: readonly string[]): string[] {
  const defaulted = ['noexec', 'nosuid', 'nodev'].filter((word) => !words.includes(word) && !words.includes(word.slice(2)));
  return [...defaulted, ...words];
}

function targetPath(target: string, field: string): string {
  if (!target.startsWith('/')) throw configInvalid(`${field}.target`, `must be an absolute path, not ${JSON.stringify(target)}`);
  const parts: string[] = [];
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (parts.length === 0) throw configInvalid(`${field}.target`, 'must not be the root itself');
  return `/${parts.join('/')}`;
}

const depth = (mount: OciMount): number => mount.destination.split('/').length;
