import type { KernelProbes } from '#native/kernel-probes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';

/** What the probes look at. On a real host from realProbeHost(); in tests fixture trees and a kernel that refuses. */
export interface ProbeHost {
  /** `/proc`, `/sys`, `/run`, `/etc`. */
  procRoot: string;
  sysRoot: string;
  runRoot: string;
  etcRoot: string;
  /** The agent's data directory; need not exist yet. */
  dataRoot: string;
  /** As uname -m says. */
  machine: string;
  kernel: KernelProbes;
  /** Whether an overlay can be made: undefined, or the errno's name. */
  overlayRefusal(lower: string, upper: string, work: string): string | undefined;
  /** undefined when no cgroup filesystem is mounted. */
  cgroups: CgroupHost | undefined;
}
