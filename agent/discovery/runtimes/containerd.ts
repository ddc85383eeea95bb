import { existsSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { argument, readBundle } from '#agent/discovery/oci-bundle.js';
import { known } from '#agent/discovery/read-files.js';
import type { DiscoveryHost, Facts, RuntimeKnowledge, Spotted } from '#agent/discovery/runtime.js';

const SCOPE = /^(?:cri-containerd|nerdctl)-(.+)\.scope$/;
/** Bundles of tasks: TASKS/NAMESPACE/ID. */
const TASKS = '/run/containerd/io.containerd.runtime.v2.task';
const SHIM = 'containerd-shim';

/**
 * containerd, by ctr, nerdctl or Kubernetes' CRI. Cgroups: `/NAMESPACE/ID` (cgroupfs), `cri-containerd-ID.scope` and `nerdctl-ID.scope`
 * (systemd), `ID` in a pod's; one at any other path is known by its first process's parent, the shim. Names: annotations of the bundle's
 * config.json. Sources: containerd oci/spec_opts.go, pkg/cri/annotations, runtime/v2/shim.
 */
export const containerd: RuntimeKnowledge = {
  runtime: 'containerd',
  recognise(path, host) {
    const name = basename(path);
    const id = SCOPE.exec(name)?.[1];
    if (id !== undefined) return { id, holds: false };
    const namespace = path.includes('/kubepods') ? 'k8s.io' : basename(dirname(path));
    return namespace !== '' && existsSync(join(host.fileRoot, TASKS, namespace, name, 'config.json'))
      ? { id: name, holds: false }
      : undefined;
  },
  recogniseByParent({ comm, args }) {
    const id = comm.startsWith(SHIM) ? argument(args, '-id', '--id') : undefined;
    return id === undefined ? undefined : { id, holds: false };
  },
  facts(spotted, host) {
    const { id, path } = spotted;
    const namespaces = [basename(dirname(path)), 'k8s.io', 'default'];
    const dirs = [shimBundle(spotted, host), ...namespaces.map((each) => join(host.fileRoot, TASKS, each, id))];
    for (const dir of dirs) {
      const bundle = dir === undefined ? undefined : readBundle(dir);
      if (bundle === undefined) continue;
      const { annotations, args } = bundle;
      return known<Facts>({
        name: criName(annotations) ?? annotations['nerdctl/name'] ?? id,
        image: annotations['io.kubernetes.cri.image-name'],
        labels: annotations,
        command: args,
        bundle: dir,
      });
    }
    return undefined;
  },
  command: (verb, name) => COMMANDS[verb]?.replace('NAME', name),
};

const COMMANDS: Readonly<Record<string, string>> = {
  stop: 'ctr tasks kill NAME',
  rm: 'ctr containers rm NAME',
  start: 'ctr tasks start NAME',
  exec: 'ctr tasks exec --exec-id 1 NAME',
  attach: 'ctr tasks attach NAME',
};

/** A shim's tasks are where it was told its state is; its working directory is the bundle of the first. */
function shimBundle({ id, parent }: Spotted, { procRoot }: DiscoveryHost): string | undefined {
  if (parent === undefined || !parent.comm.startsWith(SHIM)) return undefined;
  try {
    return join(dirname(readlinkSync(join(procRoot, String(parent.pid), 'cwd'))), id);
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** `POD/CONTAINER`; the pod's own is its sandbox. */
function criName(annotations: Readonly<Record<string, string>>): string | undefined {
  const pod = annotations['io.kubernetes.cri.sandbox-name'];
  if (pod === undefined) return undefined;
  return `${pod}/${annotations['io.kubernetes.cri.container-name'] ?? 'sandbox'}`;
}
