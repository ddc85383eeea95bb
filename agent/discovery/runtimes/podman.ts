import { basename, join } from 'node:path';
import { argument, readBundle } from '#agent/discovery/oci-bundle.js';
import { at, known, list, readJson, readNames, text, timeMs } from '#agent/discovery/read-files.js';
import type { DiscoveryHost, Facts, RuntimeKnowledge, Spotted } from '#agent/discovery/runtime.js';

const CGROUP = /^libpod-([0-9a-f]{64})(?:\.scope)?$/;
const DEFAULT_ROOT = '/var/lib/containers/storage';

/**
 * Podman. Cgroups: `/libpod_parent/libpod-ID` (cgroupfs manager), `/machine.slice/libpod-ID.scope` (systemd), for users below
 * `/user.slice/…/user.slice/`, or under `--cgroup-parent`. Names: STORAGE/DRIVER-containers/containers.json and the bundle's config.json;
 * where STORAGE is, its monitor conmon has on its command line. Sources: podman libpod/container_internal_linux.go, containers/storage containers.go.
 */
export const podman: RuntimeKnowledge = {
  runtime: 'podman',
  recognise(path) {
    const id = CGROUP.exec(basename(path))?.[1];
    return id === undefined ? undefined : { id, holds: false };
  },
  facts: (spotted, host) =>
    bundleDirs(spotted, host)
      .map((dir) => containerFacts(spotted, dir))
      .find(Boolean),
  command: (verb, name) => `podman ${verb} ${name}`,
};

/** Where its bundle may be: as conmon says, or in the default place by each storage driver. */
function bundleDirs({ id, parent }: Spotted, host: DiscoveryHost): string[] {
  const said = parent?.comm === 'conmon' ? argument(parent.args, '-b', '--bundle') : undefined;
  const root = join(host.fileRoot, DEFAULT_ROOT);
  const drivers = readNames(root).filter((name) => name.endsWith('-containers'));
  return [...(said === undefined ? [] : [said]), ...drivers.map((driver) => join(root, driver, id, 'userdata'))];
}

function containerFacts({ id, parent }: Spotted, dir: string): Facts | undefined {
  const listed = readJson(join(dir, '../../containers.json'));
  const entry = Array.isArray(listed) ? listed.find((each) => at(each, 'id') === id) : undefined;
  const said = parent?.comm === 'conmon' ? argument(parent.args, '-n', '--name') : undefined;
  if (entry === undefined && said === undefined) return undefined;
  const bundle = readBundle(dir);
  return known<Facts>({
    name: list(at(entry, 'names'))?.[0] ?? said,
    image: imageName(at(entry, 'metadata')),
    labels: bundle?.annotations,
    command: bundle?.args,
    createdAtMs: timeMs(at(entry, 'created')),
    bundle: dir,
  });
}

/** `metadata` is JSON in a string. */
function imageName(metadata: unknown): string | undefined {
  try {
    return typeof metadata === 'string' ? text(at(JSON.parse(metadata), 'image-name')) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
