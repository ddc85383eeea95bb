import { resolve } from 'node:path';
import { buildDevices } from './build-devices.js';
import { buildMounts } from './build-mounts.js';
import { buildNamespaces } from './build-namespaces.js';
import { buildProcess } from './build-process.js';
import { buildRoot } from './build-root.js';
import { buildSeccomp } from './build-security.js';
import { type ContainerConfig, INIT_ANNOTATION } from './container-config.js';
import { DEFAULT_NET_SYSCTLS, OCI_VERSION } from './defaults.js';
import type { OciConfig, OciNamespaceType } from './oci.js';
import { MASKED_PATHS, READONLY_PATHS } from './paths.js';
import type { SpecHost } from './spec-host.js';
import { validateConfig } from './validate.js';

/**
 * The OCI config.json of a container: Docker's defaults, or the bundle's own, with what the user asked laid over. Pure: all it knows
 * of the node comes through `host`. The result has absolute paths and passes validateConfig. Throws ConfigError (BODY_INVALID,
 * IMAGE_INVALID) naming the field of the container config, or SpecError naming that of config.json.
 */
export function buildSpec(config: ContainerConfig, host: SpecHost): OciConfig {
  const base = config.image.kind === 'bundle' ? absoluteBundle(host.readBundle(config.image.dir), config.image.dir) : undefined;
  const root = base === undefined ? buildRoot(config, host) : { path: base.root.path, rootMounts: [], hidden: [] };
  const namespaces = buildNamespaces(config, base);
  const own = (type: OciNamespaceType): boolean => namespaces.some((entry) => entry.type === type);
  const process = buildProcess(config, host, base, own('uts'));
  const devices = buildDevices(config, host, base);
  const { sysctl, maskedPaths, readonlyPaths } = kernelKnobs(config, base, own, root.hidden);
  const seccomp = buildSeccomp(config, host, process.capabilities?.bounding ?? [], base);
  const annotations = { ...base?.annotations, ...config.annotations, ...(config.init ? { [INIT_ANNOTATION]: 'true' } : {}) };
  const hostname = config.hostname ?? base?.hostname ?? (own('uts') ? config.id.slice(0, 12) : undefined);
  const domainname = config.domainname ?? base?.domainname;
  const hooks = config.hooks ?? base?.hooks;
  const timeOffsets = config.timeOffsets ?? base?.linux.timeOffsets;
  const cgroupsPath = config.cgroupsPath ?? base?.linux.cgroupsPath;
  const ids = idMappings(config, base);
  return validateConfig({
    ...base,
    ociVersion: base?.ociVersion ?? OCI_VERSION,
    root: { path: root.path, readonly: config.readonlyRootfs ?? base?.root.readonly ?? false },
    process,
    mounts: buildMounts(config, base, root.rootMounts, namespaces),
    ...(hostname === undefined ? {} : { hostname }),
    ...(domainname === undefined ? {} : { domainname }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    linux: {
      ...base?.linux,
      namespaces,
      ...ids,
      ...(timeOffsets === undefined ? {} : { timeOffsets: { ...timeOffsets } }),
      devices: devices.nodes,
      ...(cgroupsPath === undefined ? {} : { cgroupsPath }),
      resources: { ...base?.linux.resources, devices: devices.rules },
      seccomp,
      sysctl,
      maskedPaths,
      readonlyPaths,
    },
  });
}

/** What is relative in a bundle is relative to it; the built config no longer is. */
function absoluteBundle(config: OciConfig, dir: string): OciConfig {
  const mounts = config.mounts?.map((mount) => {
    const relative = isBind(mount) && mount.source !== undefined && !mount.source.startsWith('/');
    return relative ? { ...mount, source: resolve(dir, mount.source as string) } : mount;
  });
  return {
    ...config,
    root: { ...config.root, path: resolve(dir, config.root.path) },
    ...(mounts === undefined ? {} : { mounts }),
  };
}

const isBind = (mount: { type?: string; options?: string[] }): boolean =>
  mount.type === 'bind' || (mount.options ?? []).some((word) => word === 'bind' || word === 'rbind');

function idMappings(
  config: ContainerConfig,
  base: OciConfig | undefined,
): Pick<OciConfig['linux'], 'uidMappings' | 'gidMappings'> {
  if (config.userns === 'host') return { uidMappings: [], gidMappings: [] };
  if (config.idMappings === undefined || typeof config.userns === 'object') {
    const { uidMappings = [], gidMappings = [] } = base?.linux ?? {};
    return { uidMappings, gidMappings };
  }
  return { uidMappings: [...config.idMappings.uid], gidMappings: [...config.idMappings.gid] };
}

function kernelKnobs(
  config: ContainerConfig,
  base: OciConfig | undefined,
  own: (type: OciNamespaceType) => boolean,
  hidden: readonly string[],
): { sysctl: Record<string, string>; maskedPaths: string[]; readonlyPaths: string[] } {
  const open = config.privileged === true || (config.securityOpt ?? []).includes('systempaths=unconfined');
  const maskedPaths = open ? [] : (base?.linux.maskedPaths ?? (base === undefined ? MASKED_PATHS : []));
  const readonlyPaths = open ? [] : (base?.linux.readonlyPaths ?? (base === undefined ? READONLY_PATHS : []));
  // A user namespace need not map the groups of ping_group_range.
  const net =
    base === undefined && own('network') && typeof config.network !== 'object' && !own('user') ? DEFAULT_NET_SYSCTLS : {};
  return {
    sysctl: { ...net, ...base?.linux.sysctl, ...config.sysctls },
    maskedPaths: [...maskedPaths, ...hidden],
    readonlyPaths: [...readonlyPaths],
  };
}
