import { basename, join } from 'node:path';
import { readBundle } from '#agent/discovery/oci-bundle.js';
import { known, readNames, texts, timeMs } from '#agent/discovery/read-files.js';
import type { Facts, RuntimeKnowledge } from '#agent/discovery/runtime.js';

const CGROUP = /^crio-([0-9a-f]{64})(?:\.scope)?$/;
const STORAGE = '/run/containers/storage';

/**
 * CRI-O. Cgroups: `crio-ID.scope` (systemd) or `crio-ID` (cgroupfs) in the pod's. Names: annotations of the bundle's config.json in
 * /run/containers/storage/DRIVER-containers/ID/userdata. Source: cri-o pkg/annotations, internal/storage/runtime.go.
 */
export const crio: RuntimeKnowledge = {
  runtime: 'crio',
  recognise(path) {
    const id = CGROUP.exec(basename(path))?.[1];
    return id === undefined ? undefined : { id, holds: false };
  },
  facts({ id }, host) {
    const root = join(host.fileRoot, STORAGE);
    for (const driver of readNames(root).filter((name) => name.endsWith('-containers'))) {
      const dir = join(root, driver, id, 'userdata');
      const bundle = readBundle(dir);
      if (bundle === undefined) continue;
      const { annotations, args } = bundle;
      return known<Facts>({
        name: annotations['io.kubernetes.cri-o.Name'] ?? annotations['io.kubernetes.container.name'],
        image: annotations['io.kubernetes.cri-o.ImageName'] ?? annotations['io.kubernetes.cri-o.Image'],
        labels: labelsOf(annotations['io.kubernetes.cri-o.Labels']),
        command: args,
        createdAtMs: timeMs(annotations['io.kubernetes.cri-o.Created']),
        bundle: dir,
      });
    }
    return undefined;
  },
  command: (verb, name) => (verb === 'rename' || verb === 'attach' ? undefined : `crictl ${verb} ${name}`),
};

function labelsOf(text: string | undefined): Record<string, string> {
  try {
    return texts(JSON.parse(text ?? '{}'));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
