import type { HostFeature } from '#agent/contract/node.js';
import { probeBpf } from './probe-bpf.js';
import { probeCgroup } from './probe-cgroup.js';
import type { ProbeHost } from './probe-host.js';
import { probeIo } from './probe-io.js';
import { probeKernel } from './probe-kernel.js';
import { probeNamespaces } from './probe-namespaces.js';
import { probeNetwork } from './probe-network.js';
import { probeOverlay } from './probe-overlay.js';
import { probePsi } from './probe-psi.js';
import { probeSeccomp } from './probe-seccomp.js';
import { probeSystemd } from './probe-systemd.js';

/** In the order doctor shows them. */
const PROBES: readonly ((host: ProbeHost) => HostFeature[])[] = [
  probeKernel,
  probeCgroup,
  probeNamespaces,
  probeOverlay,
  probeSeccomp,
  probePsi,
  probeIo,
  probeNetwork,
  probeSystemd,
  probeBpf,
];

/**
 * What the host offers and lacks, each with what it costs to lack it and how to get it. It loads BPF programs and mounts overlays to see, and leaves
 * nothing behind. What a probe finds refused is a feature with status `missing`; it throws only on a fault.
 */
export function probeFeatures(host: ProbeHost): HostFeature[] {
  return PROBES.flatMap((probe) => probe(host));
}
