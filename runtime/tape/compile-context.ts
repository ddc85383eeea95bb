import type { OciSeccomp } from '#runtime/spec/oci.js';

/** Where a container's processes go: made, limited and empty before the tape is played. */
export interface CgroupPlacement {
  /** Its directory in each v1 hierarchy. `name` is that of the hierarchy's mount directory (`cpu`, `cpu,cpuacct`). */
  v1: readonly { name: string; dir: string }[];
  /** Its directory in the v2 tree (CLONE_INTO_CGROUP), where there is one. */
  v2Dir: string | undefined;
}

/** What the compiler needs beside config.json; all facts, no I/O. */
export interface CompileContext {
  id: string;
  /** Absolute; what is relative in config.json is relative to it. */
  bundleDir: string;
  cgroup: CgroupPlacement;
  /** The BPF program of a profile: a struct sock_filter array (runtime/spec/seccomp.ts). */
  seccompProgram(profile: OciSeccomp): Uint8Array;
  /** The capabilities tsgov has and may hand on. */
  hostCapabilities: bigint;
  /** major, minor of the kernel. */
  kernel: readonly [number, number];
  /** Node's `process.arch`. */
  arch: string;
}
