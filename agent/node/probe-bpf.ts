import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { btfTypeId } from '#native/btf.js';
import { degraded, type FeatureText, isThere, missing, ok } from './feature.js';
import { probeBpfPrograms } from './probe-bpf-programs.js';
import type { ProbeHost } from './probe-host.js';

const GROUP = 'bpf';
const BTF: FeatureText = {
  name: 'BTF',
  group: GROUP,
  cost: 'BPF programs that fit any kernel (CO-RE) cannot be loaded: no kernel signals beside /proc and cgroupfs',
  remedy: 'boot a kernel with CONFIG_DEBUG_INFO_BTF',
};
const PROGRAMS: FeatureText = {
  name: 'BPF programs',
  group: GROUP,
  cost: 'no exec, OOM, run-queue and block I/O signals; the figures of /proc and cgroupfs remain',
  remedy:
    'give the agent CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (or CAP_SYS_ADMIN) on Linux 5.8 or newer, without kernel lockdown',
};
const TP_BTF: FeatureText = {
  name: 'BPF tp_btf',
  group: GROUP,
  cost: 'none of our BPF programs can be loaded: no kernel signals beside /proc and cgroupfs',
  remedy: 'boot Linux 5.5 or newer with BTF, on which BPF tracing is allowed',
};
const LIBBPF: FeatureText = {
  name: 'libbpf',
  group: GROUP,
  cost: 'BPF objects cannot be loaded: no kernel signals beside /proc and cgroupfs',
  remedy: 'apt-get install libbpf1 (1.0 or newer), or the like of your distribution',
};

const KIND_STRUCT = 4;
const KIND_TYPEDEF = 8;
const KIND_FUNC = 12;

/** Types tsgov uses or may: numbers of enum bpf_prog_type and bpf_attach_type; `target` is what a tracing program attaches to. */
const TYPES: readonly { name: string; type: number; attach?: number; target?: readonly [name: string, kind: number] }[] = [
  { name: 'cgroup_device', type: 15, attach: 6 },
  { name: 'cgroup_skb', type: 8 },
  { name: 'raw_tracepoint', type: 17 },
  { name: 'tp_btf', type: 26, attach: 23, target: ['btf_trace_sched_switch', KIND_TYPEDEF] },
  { name: 'iter', type: 26, attach: 28, target: ['bpf_iter_task', KIND_FUNC] },
  { name: 'fentry', type: 26, attach: 24, target: ['vfs_read', KIND_FUNC] },
  { name: 'kprobe', type: 2 },
  { name: 'perf_event', type: 7 },
  { name: 'lsm', type: 29, attach: 27, target: ['bpf_lsm_file_open', KIND_FUNC] },
  { name: 'struct_ops', type: 27, target: ['tcp_congestion_ops', KIND_STRUCT] },
];
/** Programs the agent cannot do without in one form or the other. */
const WANTED = ['cgroup_device', 'raw_tracepoint', 'tp_btf', 'iter'];

/** BTF, and every program type tried by loading one that does nothing. */
export function probeBpf(host: ProbeHost): HostFeature[] {
  const btfPath = join(host.sysRoot, 'kernel/btf/vmlinux');
  const btf = isThere(btfPath) ? readFileSync(btfPath) : undefined;
  const results = TYPES.map(({ name, type, attach, target }) => {
    const id = target === undefined ? 0 : btf === undefined ? undefined : btfTypeId(btf, target[0], target[1]);
    if (id === undefined) return { name, refusal: btf === undefined ? 'no BTF' : 'not in BTF' };
    return { name, refusal: host.kernel.bpfProgram({ type, expectedAttachType: attach ?? 0, attachBtfId: id }) };
  });
  const refused = results.filter(({ refusal }) => refusal !== undefined);
  const detail =
    refused.length === 0 ? 'every type' : `refused: ${refused.map(({ name, refusal }) => `${name} (${refusal})`).join(', ')}`;
  const tpBtf = results.find(({ name }) => name === 'tp_btf')?.refusal;
  const libbpf = host.kernel.libbpf();
  return [
    btf === undefined ? missing(BTF, `no ${btfPath}`) : ok(BTF, `${Math.round(btf.length / 1024)} KiB`),
    refused.length === results.length
      ? missing(PROGRAMS, detail)
      : refused.some(({ name }) => WANTED.includes(name))
        ? degraded(PROGRAMS, detail)
        : ok(PROGRAMS, detail),
    tpBtf === undefined ? ok(TP_BTF, 'loads') : missing(TP_BTF, tpBtf),
    libbpf === undefined ? missing(LIBBPF, 'libbpf.so.1 cannot be loaded') : ok(LIBBPF, libbpf),
    ...probeBpfPrograms(btf, libbpf === undefined ? 'no libbpf' : tpBtf === undefined ? undefined : `tp_btf: ${tpBtf}`),
  ];
}
