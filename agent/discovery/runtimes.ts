import type { DiscoveryHost, ForeignRuntime, ParentProcess, Recognised, RuntimeKnowledge } from './runtime.js';
import { containerd } from './runtimes/containerd.js';
import { crio } from './runtimes/crio.js';
import { docker } from './runtimes/docker.js';
import { kubernetes } from './runtimes/kubernetes.js';
import { lxc } from './runtimes/lxc.js';
import { nspawn } from './runtimes/nspawn.js';
import { other } from './runtimes/other.js';
import { podman } from './runtimes/podman.js';
import { systemd } from './runtimes/systemd.js';

/** Every runtime there is knowledge of; the first that knows a cgroup has it. */
export const RUNTIMES: readonly RuntimeKnowledge[] = [kubernetes, podman, crio, docker, containerd, lxc, nspawn, systemd, other];

export interface RecognisedBy extends Recognised {
  knowledge: RuntimeKnowledge;
}

/** Whose cgroup a path is; at least `other`. */
export function recognise(path: string, host: DiscoveryHost): RecognisedBy {
  for (const knowledge of RUNTIMES) {
    const found = knowledge.recognise(path, host);
    if (found !== undefined) return { ...found, knowledge };
  }
  throw new RangeError(`nobody takes ${path}`);
}

/** Whose container it is by who started its first process; undefined: nobody's known. */
export function recogniseByParent(parent: ParentProcess): RecognisedBy | undefined {
  for (const knowledge of RUNTIMES) {
    const found = knowledge.recogniseByParent?.(parent);
    if (found !== undefined) return { ...found, knowledge };
  }
  return undefined;
}

export function isForeignRuntime(word: string): word is ForeignRuntime {
  return RUNTIMES.some(({ runtime }) => runtime === word);
}
