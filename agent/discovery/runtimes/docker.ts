import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { at, known, list, readJson, text, texts, timeMs } from '#agent/discovery/read-files.js';
import type { DiscoveryHost, Facts, RuntimeKnowledge } from '#agent/discovery/runtime.js';

const ID = /^[0-9a-f]{64}$/;
const SCOPE = /^docker-([0-9a-f]{64})\.scope$/;

/**
 * Docker. Cgroups: `/docker/ID` (cgroupfs driver), `/system.slice/docker-ID.scope` (systemd), or either under `--cgroup-parent`; in a
 * Kubernetes pod too. Names: DATA/containers/ID/config.v2.json. Sources: moby daemon/oci_linux.go, container/container.go.
 */
export const docker: RuntimeKnowledge = {
  runtime: 'docker',
  recognise(path, host) {
    const name = basename(path);
    const id = SCOPE.exec(name)?.[1] ?? (ID.test(name) && isDockers(path, name, host) ? name : undefined);
    return id === undefined ? undefined : { id, holds: false };
  },
  facts: ({ id }, host) => containerFacts(id, host),
  command: (verb, name) => `docker ${verb} ${name}`,
};

/** Nobody else's directory is called docker; under another parent only its files tell. */
function isDockers(path: string, id: string, host: DiscoveryHost): boolean {
  return basename(dirname(path)) === 'docker' || existsSync(join(dataRoot(host), 'containers', id, 'config.v2.json'));
}

function containerFacts(id: string, host: DiscoveryHost): Facts | undefined {
  const dir = join(dataRoot(host), 'containers', id);
  const config = readJson(join(dir, 'config.v2.json'));
  if (config === undefined) return undefined;
  const path = text(at(config, 'Path'));
  return known<Facts>({
    name: text(at(config, 'Name'))?.replace(/^\//, ''),
    image: text(at(config, 'Config', 'Image')),
    labels: texts(at(config, 'Config', 'Labels')),
    command: path === undefined ? undefined : [path, ...(list(at(config, 'Args')) ?? [])],
    createdAtMs: timeMs(at(config, 'Created')),
    bundle: dir,
  });
}

function dataRoot({ fileRoot }: DiscoveryHost): string {
  const moved = text(at(readJson(join(fileRoot, '/etc/docker/daemon.json')), 'data-root'));
  return join(fileRoot, moved ?? '/var/lib/docker');
}
