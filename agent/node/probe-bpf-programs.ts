import type { HostFeature } from '#agent/contract/node.js';
import { BPF_PROGRAMS, lackingInBtf } from '#native/bpf-features.js';
import { type FeatureText, missing, ok } from './feature.js';

/** What it costs to lack a program, by its name in native/bpf-features.ts. */
const COSTS: Readonly<Record<string, string>> = {
  'run-queue latency':
    'no cpu.latency.p99, whose rules never fire; pressure (PSI) and throttling still tell of waiting for a CPU',
  'block I/O latency': 'no io.latency.p99, whose rules never fire; pressure (PSI) and io.stat still tell of slow disks',
  'OOM victims': "OOM kills are counted; whom they struck is known from the kernel's log only, where that may be read",
  'exec, fork and exit': 'no `tsgov trace exec`, and no count of processes too short to be found in /proc',
  TCP: 'no `tsgov trace tcp`, and no connections, retransmits and bytes by container; `tsgov procs` still lists sockets',
  signals: 'no `tsgov trace signal`',
  'cgroup changes': 'no `tsgov trace cgroup`',
  'system calls': 'no `tsgov trace syscall`',
};

/** One line for every program we ship: whether this kernel has what it hangs on. `refusal`: why none can be loaded at all. */
export function probeBpfPrograms(btf: Buffer | undefined, refusal: string | undefined): HostFeature[] {
  return BPF_PROGRAMS.map((program) => {
    const text: FeatureText = {
      name: `BPF ${program.name}`,
      group: 'bpf',
      cost: COSTS[program.name] ?? '',
      remedy: refusal === undefined ? `boot ${program.kernel}` : 'see the lines above: libbpf, BTF, BPF programs',
    };
    if (btf === undefined || refusal !== undefined) return missing(text, refusal ?? 'no BTF');
    const lacking = lackingInBtf(btf, program);
    return lacking.length === 0
      ? ok(text, program.tracepoints.join(', '))
      : missing(text, `this kernel has no ${lacking.join(', ')}`);
  });
}
