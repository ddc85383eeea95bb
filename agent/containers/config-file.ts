import { statSync, writeFileSync } from 'node:fs';
import { AgentError } from '#agent/contract/errors.js';
import { writeFileAtomic } from '#agent/store/atomic-write.js';
import { onDisk } from '#agent/store/on-disk.js';
import { buildSpec } from '#runtime/spec/build.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { validateConfig } from '#runtime/spec/validate.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { namespacePath, refreshNamespaces } from './joined-namespaces.js';
import { readJson } from './read-json.js';

/** Writes a container's config.json and remembers it, so that the first start need not read it again. */
export function saveSpec(context: NodeContext, container: Container, spec: OciConfig, fresh = false): void {
  const path = context.store.configPath(container.id);
  // Before its record a container does not exist, and nobody reads this.
  if (fresh) onDisk(path, () => writeFileSync(path, JSON.stringify(spec), { mode: 0o600 }));
  else writeFileAtomic(path, JSON.stringify(spec));
  container.spec = { spec, version: fileVersion(path) };
}

/**
 * A container's config.json, which a person may have changed since it was written; checked when it was. One that joins another
 * container's namespaces is made anew, because their paths change. Throws SPEC_INVALID, SPEC_UNSUPPORTED, LAUNCH_FAILED (no file).
 */
export function loadSpec(context: NodeContext, container: Container): OciConfig {
  const { config } = container.record;
  if (config !== undefined) {
    const joined = refreshNamespaces(config, (ref, type, field) => namespacePath(context, ref, type, field));
    saveSpec(context, container, buildSpec(joined, context.specs.hostFor(context.store.dataDir(container.id))));
  }
  const path = context.store.configPath(container.id);
  const version = fileVersion(path);
  if (container.spec === undefined || container.spec.version !== version) container.spec = { spec: readSpec(path), version };
  return container.spec.spec;
}

function readSpec(path: string): OciConfig {
  let value: unknown;
  try {
    value = readJson(path);
  } catch (error) {
    throw new AgentError('LAUNCH_FAILED', `read ${(error as Error).message}`, { cause: error });
  }
  return validateConfig(value);
}

function fileVersion(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw new AgentError('LAUNCH_FAILED', `${path} is missing: remove the container and create it again`);
  return `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}
