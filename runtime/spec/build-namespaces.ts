import type { ContainerConfig, NamespaceMode } from './container-config.js';
import { configInvalid } from './errors.js';
import type { OciConfig, OciNamespace, OciNamespaceType } from './oci.js';

/** Namespaces of the container: a mount namespace always; the others as asked, else as the bundle says, else Docker's. */
export function buildNamespaces(config: ContainerConfig, base: OciConfig | undefined): OciNamespace[] {
  const asked: Record<Exclude<OciNamespaceType, 'mount' | 'time'>, NamespaceMode | undefined> = {
    user: config.userns,
    cgroup: config.cgroupns,
    ipc: config.ipc,
    uts: config.uts,
    network: config.network === 'none' ? 'private' : config.network,
    pid: config.pid,
  };
  if (asked.user === 'private' && config.idMappings === undefined) {
    throw configInvalid('userns', 'a user namespace of its own needs ids to map: none were found in /etc/subuid and /etc/subgid');
  }
  const namespaces: OciNamespace[] = [];
  for (const [type, mode] of Object.entries(asked) as [OciNamespaceType, NamespaceMode | undefined][]) {
    const entry = mode === undefined ? fallback(type, base) : entryOf(type, mode);
    if (entry !== undefined) namespaces.push(entry);
  }
  namespaces.push(base?.linux.namespaces?.find((entry) => entry.type === 'mount') ?? { type: 'mount' });
  const time = base?.linux.namespaces?.find((entry) => entry.type === 'time');
  if (time !== undefined) namespaces.push(time);
  else if (config.timeOffsets !== undefined) namespaces.push({ type: 'time' });
  return namespaces;
}

const SHARED_BY_DEFAULT: ReadonlySet<OciNamespaceType> = new Set(['user']);

function fallback(type: OciNamespaceType, base: OciConfig | undefined): OciNamespace | undefined {
  if (base !== undefined) return base.linux.namespaces?.find((entry) => entry.type === type);
  return SHARED_BY_DEFAULT.has(type) ? undefined : { type };
}

function entryOf(type: OciNamespaceType, mode: NamespaceMode): OciNamespace | undefined {
  if (mode === 'host') return undefined;
  return mode === 'private' ? { type } : { type, path: mode.path };
}
