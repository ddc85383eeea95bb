import type { OciProcess } from '#runtime/spec/oci.js';
import { IO_CLASSES, SCHED_FLAGS, SCHED_POLICIES } from '#runtime/spec/process-words.js';
import type { TapeBuilder } from './compile-builder.js';

/** Child half: CPU scheduling policy and I/O priority, which children inherit. */
export function addScheduling(tape: TapeBuilder, process: OciProcess): void {
  const { scheduler, ioPriority } = process;
  if (scheduler !== undefined) {
    const { policy, nice = 0, priority = 0, flags = [], runtime = 0, deadline = 0, period = 0 } = scheduler;
    tape.add('process.scheduler', {
      op: 'scheduler',
      policy: SCHED_POLICIES[policy] as number,
      flags: BigInt(flags.reduce((all, name) => all | (SCHED_FLAGS[name] ?? 0), 0)),
      // A signed number in an unsigned word.
      nice: nice >>> 0,
      priority,
      runtime: BigInt(runtime),
      deadline: BigInt(deadline),
      period: BigInt(period),
    });
  }
  if (ioPriority !== undefined) {
    tape.add('process.ioPriority', { op: 'ioprio', value: ((IO_CLASSES[ioPriority.class] ?? 0) << 13) | ioPriority.priority });
  }
}

/** Binds the process to a CPU list (`0-2,4`): those of exec before and after it joins the cgroup. */
export function addAffinity(tape: TapeBuilder, origin: string, cpus: string | undefined): void {
  if (!cpus) return;
  let mask = 0n;
  for (const range of cpus.split(',')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let cpu = first; cpu <= last; cpu++) mask |= 1n << BigInt(cpu);
  }
  const bytes: number[] = [];
  for (let left = mask; left > 0n; left >>= 8n) bytes.push(Number(left & 0xffn));
  while (bytes.length % 8 !== 0) bytes.push(0);
  tape.add(origin, { op: 'affinity', mask: Uint8Array.from(bytes) });
}
