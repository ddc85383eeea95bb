/** Who runs containers besides us; `other`: a cgroup that nobody known made. As policies and the API name them. */
export type ForeignRuntime = 'docker' | 'podman' | 'containerd' | 'kubernetes' | 'crio' | 'lxc' | 'nspawn' | 'systemd' | 'other';

/** Where runtimes' own files are looked up. */
export interface DiscoveryHost {
  /** `/proc`. */
  procRoot: string;
  /** Put before every path of a runtime's files; empty on a real host. */
  fileRoot: string;
}

/** What a cgroup path says. */
export interface Recognised {
  /** The runtime's own id. */
  id: string;
  /** Others' containers may be below (a pod, a slice): look there too. Else what is below belongs to it. */
  holds: boolean;
}

/** The process that started a container's first one. */
export interface ParentProcess {
  pid: number;
  /** `/proc/PID/comm`. */
  comm: string;
  args: readonly string[];
}

/** What a runtime knows of a container. What is absent it does not say. */
export interface Facts {
  name?: string;
  image?: string;
  labels?: Record<string, string>;
  command?: string[];
  createdAtMs?: number;
  /** Where its OCI bundle, or what its runtime has instead, is. */
  bundle?: string;
}

/** The container whose facts are asked for. */
export interface Spotted {
  id: string;
  /** Its cgroup's path in the hierarchy it was first seen in. */
  path: string;
  /** The parent of its first process; undefined: nothing runs in it yet, or its parent is gone. */
  parent: ParentProcess | undefined;
}

/** What tsgov knows of a runtime: how its cgroups look, where it keeps names, and how a person acts on its containers. */
export interface RuntimeKnowledge {
  readonly runtime: ForeignRuntime;
  /** By path alone, or with a look at the runtime's files; undefined: not one of its containers. */
  recognise(path: string, host: DiscoveryHost): Recognised | undefined;
  /** By who started the first process, for cgroups whose path says nothing. */
  recogniseByParent?(parent: ParentProcess): Recognised | undefined;
  /** From the runtime's files; undefined: they do not know it (yet). */
  facts(spotted: Spotted, host: DiscoveryHost): Facts | undefined;
  /** The runtime's own command for what tsgov leaves to it (`docker stop web`); undefined: there is none. */
  command(verb: string, name: string): string | undefined;
}
