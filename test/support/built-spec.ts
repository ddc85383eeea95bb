import { buildSpec } from '#runtime/spec/build.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import type { SpecHost } from '#runtime/spec/spec-host.js';
import { specHost } from './spec-host.js';

export const ID = '0123456789abcdef0123';

/** The spec of a container of the node's own root, with these changes to what is asked and to the node. */
export function builtSpec(config: Partial<ContainerConfig> = {}, facts: Partial<SpecHost> = {}): OciConfig {
  return buildSpec({ id: ID, image: { kind: 'host' }, args: ['sh'], ...config }, specHost('/data/c', facts));
}

/** Where its mounts are, in order. */
export const destinations = (spec: OciConfig): string[] => (spec.mounts ?? []).map((mount) => mount.destination);

/** Its namespaces, sorted. */
export const namespaceTypes = (spec: OciConfig): string[] => (spec.linux.namespaces ?? []).map((entry) => entry.type).sort();
