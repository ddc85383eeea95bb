import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bpf, type BpfOptions, openBpf } from '#agent/bpf/open-bpf.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { type AgentBackend, REAL_CLOCK } from './agent-backend.js';
import { type Requirements, requires } from './requires.js';
import type { Teardown } from './temp.js';

/** Where the build puts the objects. */
export const BPF_DIR = resolve(import.meta.dirname, '../../native/bpf');

/** What BPF needs of the machine, for `test()`. */
export function requiresBpf(more: Requirements = {}): { skip?: string } {
  return requires({ root: true, path: '/sys/kernel/btf/vmlinux', library: 'libbpf.so.1', ...more });
}

/** The kernel's eyes of an agent, loaded; closed after the test. */
export async function openEyesOf(t: Teardown, agent: AgentBackend, over: Partial<BpfOptions> = {}): Promise<Bpf> {
  const faults: unknown[] = [];
  const bpf = openBpf({
    dir: BPF_DIR,
    cgroups: detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }),
    containers: () => agent.containers.all(),
    procRoot: '/proc',
    clock: REAL_CLOCK,
    onFault: (error) => faults.push(error),
    enabled: true,
    ...over,
  });
  t.after(async () => {
    await bpf.close();
    if (faults.length > 0) throw faults[0];
  });
  agent.witness = bpf;
  await bpf.ready;
  return bpf;
}

/** Watches a kind while `work` runs and until `enough` says so, or the deadline passed; answers what came. */
export async function watch(
  bpf: Bpf,
  kind: TraceKind,
  container: string | undefined,
  work: () => Promise<unknown>,
  enough: (events: readonly TraceEvent[]) => boolean,
): Promise<TraceEvent[]> {
  const stop = new AbortController();
  const events: TraceEvent[] = [];
  const source = await bpf.trace(kind, container, stop.signal);
  const reading = (async () => {
    for await (const event of source) {
      events.push(event);
      if (enough(events)) stop.abort();
    }
  })();
  try {
    await work();
    await Promise.race([reading, sleep(DEADLINE_MS, undefined, { signal: stop.signal }).catch(() => undefined)]);
  } finally {
    stop.abort();
    await reading;
  }
  return events;
}

const DEADLINE_MS = 30_000;
