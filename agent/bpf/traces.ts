import type { TraceKind } from '#agent/contract/trace-kinds.js';
import { TRACE_CGROUP } from './trace-cgroup.js';
import { TRACE_EXEC } from './trace-exec.js';
import { TRACE_IO } from './trace-io.js';
import { TRACE_OOM } from './trace-oom.js';
import { TRACE_SIGNAL } from './trace-signal.js';
import type { TraceSource } from './trace-source.js';
import { TRACE_SYSCALL } from './trace-syscall.js';
import { TRACE_TCP } from './trace-tcp.js';

/** What can be watched, loaded while somebody does. */
export const TRACES: Readonly<Record<TraceKind, TraceSource>> = {
  exec: TRACE_EXEC,
  oom: TRACE_OOM,
  tcp: TRACE_TCP,
  signal: TRACE_SIGNAL,
  io: TRACE_IO,
  cgroup: TRACE_CGROUP,
  syscall: TRACE_SYSCALL,
};
