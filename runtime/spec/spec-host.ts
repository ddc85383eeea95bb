import type { OciConfig } from './oci.js';

/** A device node of the node. */
export interface HostDevice {
  path: string;
  type: 'b' | 'c';
  major: number;
  minor: number;
  /** Permission bits. */
  fileMode: number;
  uid: number;
  gid: number;
}

/** All that building a spec needs to know of the node; facts once read, and look-ups passed in, so that buildSpec is pure. */
export interface SpecHost {
  /** Node's `process.arch`. */
  arch: string;
  /** major, minor */
  kernel: readonly [number, number];
  hostname: string;
  /** Capabilities tsgov itself may hand on: its own bounding set. */
  capabilities: bigint;
  /** The node has seccomp filters and libseccomp. */
  seccomp: boolean;
  apparmor: boolean;
  /** The container's own directory (absolute); `rootfs` in it is the root's mountpoint, `upper` and `work` the overlay's. */
  containerDir: string;
  /** `tmpfs` where containerDir cannot carry an overlay's upper layer (it lies on an overlay itself). */
  upper: 'disk' | 'tmpfs';
  /** tsgov's own data and state directories: hidden in `host:` containers. */
  hiddenPaths: readonly string[];
  /** Mount points of the node, from /proc/self/mountinfo. */
  mountPoints: readonly string[];
  /** The node at an absolute path, or every node beneath a directory; empty when there is none. */
  devices(path: string): HostDevice[];
  /** A file of the image's root, resolved inside it; undefined when it is not there. */
  readRootFile(root: string, path: string): string | undefined;
  /** A seccomp profile file, parsed as JSON; throws a TsgovError when it cannot be read. */
  readSeccompProfile(path: string): unknown;
  /** A bundle's config.json, already validated. */
  readBundle(dir: string): OciConfig;
}
