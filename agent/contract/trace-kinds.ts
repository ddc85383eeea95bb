/** What can be watched as it happens, by BPF. */
export const TRACE_KINDS = ['exec', 'oom', 'tcp', 'signal', 'io', 'cgroup', 'syscall'] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];
