import { AgentError } from '#agent/contract/errors.js';
import { readPidFile, stillRuns } from '#runtime/container/exit-record.js';
import type { ContainerConfig, NamespaceMode } from '#runtime/spec/container-config.js';
import type { NodeContext } from './context.js';

export type JoinableNamespace = 'pid' | 'ipc' | 'uts' | 'net' | 'user' | 'cgroup';
type PathOf = (ref: string, type: JoinableNamespace, field: string) => string;

/** A config's namespace modes and the files of /proc/<pid>/ns they stand for. */
const FIELDS = { network: 'net', pid: 'pid', ipc: 'ipc', uts: 'uts', userns: 'user', cgroupns: 'cgroup' } as const;
/** What a joined namespace reads before its path is known: this and the id; absolute, as paths in config.json are. */
const PREFIX = '/container:';

/** The namespace of a running container as a path; throws BODY_INVALID (field) for one that is not there, STATE_CONFLICT for one at rest. */
export function namespacePath(context: NodeContext, ref: string, type: JoinableNamespace, field: string): string {
  const container = joinedContainer(context, ref, field);
  const pid = container.running ? runningInit(context, container.id) : undefined;
  if (pid === undefined) {
    const message = `${field}: container ${container.record.name}, whose ${type} namespace is to be joined, is not running`;
    throw new AgentError('STATE_CONFLICT', message, { field });
  }
  return `${context.procRoot}/${pid}/ns/${type}`;
}

/**
 * Whether the containers whose namespaces a config joins still run, once they have been joined: then the pid in the path was theirs, and not that
 * of a process which got it after their end. Throws STATE_CONFLICT.
 */
export function checkJoined(context: NodeContext, config: ContainerConfig): void {
  for (const [field, type] of Object.entries(FIELDS) as [keyof typeof FIELDS, JoinableNamespace][]) {
    const mode = config[field];
    if (typeof mode === 'object' && mode.path.startsWith(PREFIX))
      namespacePath(context, mode.path.slice(PREFIX.length), type, field);
  }
}

/** The pid of a container's init, if that very process is alive. */
function runningInit(context: NodeContext, id: string): number | undefined {
  return stillRuns(readPidFile(context.store.stateDir(id)), context.procRoot)?.pid;
}

/** The container a `container:REF` of a create body means; throws BODY_INVALID. */
export function joinedContainer(
  context: NodeContext,
  ref: string,
  field: string,
): ReturnType<NodeContext['registry']['resolve']> {
  try {
    return context.registry.resolve(ref);
  } catch (error) {
    throw new AgentError('BODY_INVALID', `${field}: ${(error as Error).message}`, { field, cause: error });
  }
}

/** `/container:<id>`: how a config to be stored names a namespace to be joined. */
export function joinedMark(id: string): string {
  return PREFIX + id;
}

/** A stored config with the paths its joined namespaces have now. */
export function refreshNamespaces(config: ContainerConfig, pathOf: PathOf): ContainerConfig {
  const fresh: Record<string, NamespaceMode> = {};
  for (const [field, type] of Object.entries(FIELDS) as [keyof typeof FIELDS, JoinableNamespace][]) {
    const mode = config[field];
    if (typeof mode === 'object' && mode.path.startsWith(PREFIX))
      fresh[field] = { path: pathOf(mode.path.slice(PREFIX.length), type, field) };
  }
  return { ...config, ...fresh };
}
