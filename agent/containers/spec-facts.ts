import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Condition } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { Syscalls } from '#native/libc.js';
import { overlayRefusal } from '#native/overlay-probe.js';
import { parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { readFileInRoot } from '#runtime/spec/rootfs-files.js';
import type { SpecHost } from '#runtime/spec/spec-host.js';
import { validateConfig } from '#runtime/spec/validate.js';
import { hostDevices } from './host-devices.js';
import { readJson } from './read-json.js';
import type { NodeFacts } from './tape-maker.js';

export interface SpecFactsOptions {
  syscalls: Syscalls;
  procRoot: string;
  sysRoot: string;
  /** Where containers' directories are: probed for whether it can carry an overlay's upper layer. */
  dataRoot: string;
  /** tsgov's own directories, hidden in `host:` containers. */
  hiddenPaths: readonly string[];
  /** libseccomp is there. */
  seccomp: boolean;
  node: NodeFacts;
}

/** What building and starting containers knows of the node; read once, but for what changes. */
export interface SpecFacts {
  /** For a container whose directory this is. */
  hostFor(containerDir: string): SpecHost;
  /** What an operator should know about a container with this config. */
  conditions(spec: OciConfig): Condition[];
}

export function readSpecFacts(options: SpecFactsOptions): SpecFacts {
  const { procRoot, sysRoot } = options;
  let probed: { refusal: string | undefined } | undefined;
  // When it is first needed: the agent answers before that.
  const upperRefusal = (): string | undefined => {
    probed ??= { refusal: probeUpper(options.syscalls, options.dataRoot) };
    return probed.refusal;
  };
  const facts = {
    arch: options.node.arch,
    kernel: options.node.kernel,
    hostname: hostname(),
    capabilities: options.node.hostCapabilities,
    seccomp:
      options.seccomp && statSync(join(procRoot, 'sys/kernel/seccomp/actions_avail'), { throwIfNoEntry: false }) !== undefined,
    apparmor: readIfThere(join(sysRoot, 'module/apparmor/parameters/enabled'))?.startsWith('Y') === true,
    hiddenPaths: options.hiddenPaths,
    devices: hostDevices,
    readRootFile: rootFileReader(),
    readSeccompProfile,
    readBundle,
  };
  return {
    hostFor: (containerDir) => ({
      ...facts,
      containerDir,
      get upper() {
        return upperRefusal() === undefined ? ('disk' as const) : ('tmpfs' as const);
      },
      // Only images made of the node's own root ask.
      get mountPoints() {
        return parseMountinfo(readFileSync(join(procRoot, 'self/mountinfo'), 'utf8')).map((mount) => mount.mountPoint);
      },
    }),
    conditions: (spec) => {
      const refusal = usesOverlay(spec) ? upperRefusal() : undefined;
      return refusal === undefined ? [] : [memoryUpper(options.dataRoot, refusal)];
    },
  };
}

const usesOverlay = (spec: OciConfig): boolean => (spec.mounts ?? []).some((mount) => mount.type === 'overlay');

function memoryUpper(dataRoot: string, refusal: string): Condition {
  return {
    type: 'RootInMemory',
    field: 'image',
    reason: 'NoOverlayUpper',
    message: `${dataRoot} cannot carry an overlay's upper layer (${refusal}): what the container writes to its root is kept in memory and gone when it stops; put --root on ext4, xfs or btrfs`,
  };
}

/** Makes an overlay that is never mounted, to see what the kernel says; nothing is left. */
function probeUpper(syscalls: Syscalls, dataRoot: string): string | undefined {
  const dir = join(dataRoot, 'overlay-probe');
  rmSync(dir, { recursive: true, force: true });
  try {
    const [upper, work] = [join(dir, 'upper'), join(dir, 'work')];
    for (const path of [upper, work]) mkdirSync(path, { recursive: true });
    return overlayRefusal(syscalls, '/', upper, work);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The node's own passwd and group are read again only when they changed: every start of a `host:` container needs them. */
function rootFileReader(): SpecHost['readRootFile'] {
  const known = new Map<string, { version: string; text: string | undefined }>();
  return (root, path) => {
    if (root !== '/') return readFileInRoot(root, path);
    const stat = statSync(path, { throwIfNoEntry: false });
    const version = stat === undefined ? '' : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    const cached = known.get(path);
    if (cached?.version === version) return cached.text;
    const text = readFileInRoot(root, path);
    known.set(path, { version, text });
    return text;
  };
}

function readSeccompProfile(path: string): unknown {
  try {
    return readJson(path);
  } catch (error) {
    throw new AgentError('BODY_INVALID', `securityOpt: seccomp profile ${(error as Error).message}`, {
      field: 'securityOpt',
      cause: error,
    });
  }
}

function readBundle(dir: string): OciConfig {
  const path = join(dir, 'config.json');
  let value: unknown;
  try {
    value = readJson(path);
  } catch (error) {
    const message = `image bundle:${dir}: ${(error as Error).message}; a bundle has a config.json as 'runc spec' writes it`;
    throw new AgentError('IMAGE_INVALID', message, { field: 'image', cause: error });
  }
  return validateConfig(value);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
