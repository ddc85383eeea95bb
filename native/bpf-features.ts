/** One of our programs: what of a kernel it hangs on. */
export interface BpfProgramNeeds {
  /** As doctor calls it. */
  name: string;
  /** Object in native/bpf. */
  object: string;
  /** Tracepoints it hangs on: the kernel's types have `btf_trace_NAME` of each. */
  tracepoints: readonly string[];
  /** Members of the kernel's types it reads, by name, that a configuration may leave out. */
  members: readonly string[];
  /** What has all that. */
  kernel: string;
}

const WITH_BTF = 'Linux 5.8 or newer with CONFIG_DEBUG_INFO_BTF';

/** Every program that is shipped. */
export const BPF_PROGRAMS: readonly BpfProgramNeeds[] = [
  {
    name: 'run-queue latency',
    object: 'runqueue.bpf.o',
    tracepoints: ['sched_switch'],
    members: ['last_queued', 'cfs_rq'],
    kernel: `${WITH_BTF}, CONFIG_TASK_DELAY_ACCT or CONFIG_SCHEDSTATS, and CONFIG_FAIR_GROUP_SCHED`,
  },
  {
    name: 'block I/O latency',
    object: 'block-io.bpf.o',
    tracepoints: ['block_rq_complete'],
    members: ['bi_blkg'],
    kernel: `${WITH_BTF} and CONFIG_BLK_CGROUP`,
  },
  {
    name: 'OOM victims',
    object: 'oom.bpf.o',
    tracepoints: ['mark_victim', 'signal_generate'],
    members: ['memory_cgrp_id'],
    kernel: `${WITH_BTF} and CONFIG_MEMCG`,
  },
  {
    name: 'exec, fork and exit',
    object: 'process.bpf.o',
    tracepoints: ['sched_process_exec', 'sched_process_fork', 'sched_process_exit'],
    members: [],
    kernel: WITH_BTF,
  },
  {
    name: 'TCP',
    object: 'tcp.bpf.o',
    tracepoints: ['inet_sock_set_state', 'tcp_retransmit_skb'],
    members: ['sk_cgrp_data'],
    kernel: 'Linux 5.15 or newer with CONFIG_DEBUG_INFO_BTF and CONFIG_CGROUP_BPF',
  },
  { name: 'signals', object: 'signal.bpf.o', tracepoints: ['signal_generate'], members: [], kernel: WITH_BTF },
  {
    name: 'cgroup changes',
    object: 'cgroup.bpf.o',
    tracepoints: ['cgroup_mkdir', 'cgroup_rmdir', 'cgroup_attach_task'],
    members: [],
    kernel: WITH_BTF,
  },
  { name: 'system calls', object: 'syscall.bpf.o', tracepoints: ['sys_enter'], members: [], kernel: WITH_BTF },
];

/** What of a program's needs the kernel's types (/sys/kernel/btf/vmlinux) do not have: names of tracepoints and members. */
export function lackingInBtf(btf: Buffer, { tracepoints, members }: Pick<BpfProgramNeeds, 'tracepoints' | 'members'>): string[] {
  // Every name of a BTF blob is once in its string section, between NULs.
  const has = (name: string) => btf.includes(`\0${name}\0`);
  return [
    ...tracepoints.filter((name) => !has(`btf_trace_${name}`)).map((name) => `tracepoint ${name}`),
    ...members.filter((name) => !has(name)),
  ];
}
