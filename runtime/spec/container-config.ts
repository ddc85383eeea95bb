import { ConfigError } from './errors.js';
import type { OciHooks, OciIdMapping } from './oci.js';

/** Where a container's root comes from; all directories absolute. */
export type ImageRef = { kind: 'host' } | { kind: 'rootfs'; dir: string } | { kind: 'bundle'; dir: string };

/** Own new one, the node's, or the one at a path (`/proc/<pid>/ns/net` for `container:REF`, resolved by the caller). */
export type NamespaceMode = 'private' | 'host' | { path: string };

export interface MountConfig {
  type: 'bind' | 'tmpfs';
  /** Absolute host path of a bind; ignored for tmpfs. */
  source?: string;
  /** Absolute path in the container. */
  target: string;
  /** mount(8) words: `ro`, `rbind`, `rshared`, `size=1m`, `idmap`, …. */
  options?: readonly string[];
}

/** A limit of setrlimit(2) by its Docker name (`nofile`); -1 for unlimited. */
export interface UlimitConfig {
  name: string;
  soft: number;
  hard: number;
}

/**
 * What a user asks of one container: the create body of the API and the command line's flags in one normalised form, before any
 * default is filled in. What is absent is Docker's default; with a bundle, what the bundle says.
 */
export interface ContainerConfig {
  id: string;
  image: ImageRef;
  /** Entrypoint and command joined; required but for a bundle that has its own. */
  args?: readonly string[];
  /** `NAME=value`. */
  env?: readonly string[];
  workdir?: string;
  /** `uid[:gid]`, or names of the image's own passwd and group files. */
  user?: string;
  /** Supplementary groups: gids or names of the image's group file. */
  groups?: readonly string[];
  hostname?: string;
  domainname?: string;
  tty?: boolean;
  readonlyRootfs?: boolean;
  mounts?: readonly MountConfig[];
  /** `TARGET[:options]`, as Docker's --tmpfs. */
  tmpfs?: readonly string[];
  /** `CAP_` and case optional; `ALL` for all. */
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  /** `seccomp=unconfined|PATH`, `no-new-privileges[=true|false]`, `apparmor=…`, `label=…`, `systempaths=unconfined`. */
  securityOpt?: readonly string[];
  ulimits?: readonly UlimitConfig[];
  sysctls?: Readonly<Record<string, string>>;
  /** `/dev/host[:/dev/container[:rwm]]`. */
  devices?: readonly string[];
  /** Pid 1 is tsgov's reaper, the command its child. */
  init?: boolean;
  network?: 'none' | NamespaceMode;
  pid?: NamespaceMode;
  ipc?: NamespaceMode;
  uts?: NamespaceMode;
  /** Default `host`; `private` needs `idMappings`. */
  userns?: NamespaceMode;
  cgroupns?: NamespaceMode;
  idMappings?: { uid: readonly OciIdMapping[]; gid: readonly OciIdMapping[] };
  timeOffsets?: Readonly<Record<string, { secs: number; nanosecs: number }>>;
  shmSizeBytes?: number;
  oomScoreAdj?: number;
  privileged?: boolean;
  umask?: number;
  hooks?: OciHooks;
  annotations?: Readonly<Record<string, string>>;
  /** The container's cgroup, as config.json's linux.cgroupsPath. */
  cgroupsPath?: string;
}

/** `host:`, `rootfs:DIR`, `bundle:DIR` → ImageRef; a relative DIR is the caller's to make absolute before. */
export function parseImage(text: string): ImageRef {
  if (text === 'host:') return { kind: 'host' };
  const [, kind, dir] = /^(rootfs|bundle):(.*)$/s.exec(text) ?? [];
  const wrong = (reason: string): ConfigError =>
    new ConfigError('IMAGE_INVALID', `image ${JSON.stringify(text)}: ${reason}`, { field: 'image' });
  if (kind === undefined || dir === undefined) throw wrong('must be host:, rootfs:DIR or bundle:DIR');
  if (!dir.startsWith('/')) throw wrong('DIR must be an absolute path');
  if (dir.includes('\0')) throw wrong('has a NUL byte');
  return { kind: kind as 'rootfs' | 'bundle', dir };
}

/** The annotation in config.json that asks for tsgov's reaper as pid 1: `true`. Other runtimes ignore it. */
export const INIT_ANNOTATION = 'tsgov.init';
