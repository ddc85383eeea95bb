import { label } from '#agent/metrics/exposition.js';
import type { Figures } from '#agent/metrics/figures.js';
import { counter, type Family, family, gauge } from './family.js';

type Key = keyof Figures['memory'];
const both = (v2: string, v1: string) => ({ v2, v1 });
const stat = (key: string, v1 = key) => both(`memory.stat ${key}`, `memory.stat total_${v1}`);

const faults = (type: string, scope: string) => `${label('failure_type', type)},${label('scope', scope)}`;
const OWN = { minor: faults('pgfault', 'container'), major: faults('pgmajfault', 'container') };
const ALL = { minor: faults('pgfault', 'hierarchy'), major: faults('pgmajfault', 'hierarchy') };

export const MEMORY: readonly Family[] = [
  bytes(
    'container_memory_usage_bytes',
    'Memory in use, page cache included.',
    both('memory.current', 'memory.usage_in_bytes'),
    'usedBytes',
  ),
  bytes(
    'container_memory_working_set_bytes',
    'Memory in use without inactive page cache, both of the same moment.',
    both('memory.current − memory.stat inactive_file', 'memory.usage_in_bytes − memory.stat total_inactive_file'),
    'workingSetBytes',
  ),
  bytes('container_memory_rss', 'Anonymous memory, in bytes.', stat('anon', 'rss'), 'anonBytes'),
  bytes('container_memory_cache', 'Page cache, in bytes.', stat('file', 'cache'), 'fileBytes'),
  bytes('container_memory_swap', 'Swap in use, in bytes.', both('memory.swap.current', 'memory.stat total_swap'), 'swapBytes'),
  bytes(
    'container_memory_mapped_file',
    'Files mapped into memory, in bytes.',
    stat('file_mapped', 'mapped_file'),
    'mappedFileBytes',
    true,
  ),
  bytes(
    'container_memory_kernel_usage',
    'Memory of the kernel for it, in bytes.',
    both('memory.stat kernel', 'memory.kmem.usage_in_bytes'),
    'kernelBytes',
    true,
  ),
  bytes('container_memory_total_active_file_bytes', 'Page cache in use of late.', stat('active_file'), 'activeFileBytes', true),
  bytes(
    'container_memory_total_inactive_file_bytes',
    'Page cache not in use of late.',
    stat('inactive_file'),
    'inactiveFileBytes',
    true,
  ),
  // Stays when it ended: how much it took at most is what is asked then.
  family(
    {
      name: 'container_memory_max_usage_bytes',
      type: 'gauge',
      help: 'Most memory ever in use.',
      source: both('memory.peak (Linux 5.19)', 'memory.max_usage_in_bytes'),
    },
    [],
    (s, emit) => emit(s.figures?.memory.peakBytes),
  ),
  // A counter that cAdvisor did not name as one: typed `counter` it would not pass promtool.
  family(
    {
      name: 'container_memory_failcnt',
      type: 'untyped',
      help: 'Times it hit its memory limit.',
      source: both('memory.events max', 'memory.failcnt'),
    },
    [],
    (s, emit) => emit(s.figures?.memory.failCount),
  ),
  family(
    {
      name: 'container_memory_failures_total',
      type: 'counter',
      help: 'Page faults; pgmajfault: those that had to read from a disk. On v2 both scopes are of all nested in it; hierarchy only in the profile full.',
      source: both('memory.stat pgfault, pgmajfault', 'memory.stat pgfault, pgmajfault; hierarchy: total_…'),
    },
    ['failure_type', 'scope'],
    ({ figures }, emit, profile) => {
      emit(figures?.memory.ownPageFaults, OWN.minor);
      emit(figures?.memory.ownMajorFaults, OWN.major);
      if (profile !== 'full') return;
      emit(figures?.memory.pageFaults, ALL.minor);
      emit(figures?.memory.majorFaults, ALL.major);
    },
  ),
  count(
    'container_memory_events_high_total',
    'Times it was held back at memory.high.',
    both('memory.events high', '–'),
    'highEvents',
  ),
  count(
    'container_memory_events_max_total',
    'Times it ran into its memory limit.',
    both('memory.events max', 'memory.failcnt'),
    'maxEvents',
  ),
  count('container_memory_pgscan_total', 'Pages that reclaim looked at.', both('memory.stat pgscan', '–'), 'pagesScanned', true),
  count('container_memory_pgsteal_total', 'Pages that reclaim took.', both('memory.stat pgsteal', '–'), 'pagesReclaimed', true),
  count(
    'container_memory_workingset_refault_file_total',
    'Pages of files that were read again soon after they were reclaimed.',
    stat('workingset_refault_file'),
    'refaultsFile',
  ),
  count(
    'container_memory_workingset_refault_anon_total',
    'Anonymous pages that came back from swap soon after they went there.',
    stat('workingset_refault_anon'),
    'refaultsAnon',
  ),
  counter(
    'container_oom_events_total',
    'Processes the kernel killed for want of memory.',
    both('memory.events oom_kill', 'memory.oom_control oom_kill'),
    (s) => s.oomKills,
  ),
];

function bytes(name: string, help: string, source: Family['source'], key: Key, full?: true): Family {
  return gauge(name, help, source, (s) => s.figures?.memory[key], full === undefined ? {} : { full });
}

function count(name: `${string}_total`, help: string, source: Family['source'], key: Key, full?: true): Family {
  return counter(name, help, source, (s) => s.figures?.memory[key], full === undefined ? {} : { full });
}
