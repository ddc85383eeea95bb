import type { InterfaceFiles } from './controller.js';
import { FlatKeyed } from './flat-keyed.js';
import { parseNumber } from './interface-file.js';
import type { MemoryStats } from './stats.js';

/** Memory figures, those of nested cgroups included (v1: the `total_` keys). Sources: cgroup-v2.rst, cgroup-v1/memory.rst. */
export class MemoryStatsReader {
  readonly #v2 = new FlatKeyed(V2_STAT);
  readonly #v1 = new FlatKeyed(V1_STAT);
  readonly #events = new FlatKeyed(['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill']);
  readonly #oomControl = new FlatKeyed(['oom_kill']);

  read(files: InterfaceFiles, version: 'v1' | 'v2' | undefined): MemoryStats {
    return version === 'v1' ? this.#readV1(files) : this.#readV2(files);
  }

  #readV2(files: InterfaceFiles): MemoryStats {
    const current = number(files, 'memory.current');
    const peak = number(files, 'memory.peak');
    const swap = number(files, 'memory.swap.current');
    const stat = this.#record(this.#v2, files, 'memory.stat');
    const events = this.#record(this.#events, files, 'memory.events');
    return {
      currentBytes: current,
      peakBytes: peak,
      workingSetBytes: workingSet(current, stat.inactive_file),
      swapBytes: swap,
      kernelBytes: stat.kernel,
      anonBytes: stat.anon,
      fileBytes: stat.file,
      shmemBytes: stat.shmem,
      mappedFileBytes: stat.file_mapped,
      activeFileBytes: stat.active_file,
      inactiveFileBytes: stat.inactive_file,
      dirtyBytes: stat.file_dirty,
      writebackBytes: stat.file_writeback,
      pageFaults: stat.pgfault,
      majorPageFaults: stat.pgmajfault,
      refaultsAnon: stat.workingset_refault_anon,
      refaultsFile: stat.workingset_refault_file,
      pagesScanned: stat.pgscan,
      pagesReclaimed: stat.pgsteal,
      lowEvents: events.low,
      highEvents: events.high,
      maxEvents: events.max,
      oomEvents: events.oom,
      oomKills: events.oom_kill,
      oomGroupKills: events.oom_group_kill,
    };
  }

  #readV1(files: InterfaceFiles): MemoryStats {
    const current = number(files, 'memory.usage_in_bytes');
    const peak = number(files, 'memory.max_usage_in_bytes');
    const failures = number(files, 'memory.failcnt');
    const kernel = number(files, 'memory.kmem.usage_in_bytes');
    const stat = this.#record(this.#v1, files, 'memory.stat');
    const control = this.#record(this.#oomControl, files, 'memory.oom_control');
    return {
      currentBytes: current,
      peakBytes: peak,
      workingSetBytes: workingSet(current, stat.total_inactive_file),
      swapBytes: stat.total_swap,
      kernelBytes: kernel,
      anonBytes: stat.total_rss,
      fileBytes: stat.total_cache,
      shmemBytes: stat.total_shmem,
      mappedFileBytes: stat.total_mapped_file,
      activeFileBytes: stat.total_active_file,
      inactiveFileBytes: stat.total_inactive_file,
      dirtyBytes: stat.total_dirty,
      writebackBytes: stat.total_writeback,
      pageFaults: stat.total_pgfault,
      majorPageFaults: stat.total_pgmajfault,
      refaultsAnon: stat.total_workingset_refault_anon,
      refaultsFile: stat.total_workingset_refault_file,
      pagesScanned: undefined,
      pagesReclaimed: undefined,
      lowEvents: undefined,
      highEvents: undefined,
      maxEvents: failures,
      oomEvents: undefined,
      oomKills: control.oom_kill,
      oomGroupKills: undefined,
    };
  }

  #record<K extends string>(keyed: FlatKeyed<K>, files: InterfaceFiles, file: string): Partial<Record<K, number>> {
    const buffer = files.read('memory', file);
    return buffer === undefined ? {} : keyed.record(buffer);
  }
}

const V2_STAT = [
  'anon',
  'file',
  'kernel',
  'shmem',
  'file_mapped',
  'file_dirty',
  'file_writeback',
  'inactive_file',
  'active_file',
  'workingset_refault_anon',
  'workingset_refault_file',
  'pgscan',
  'pgsteal',
  'pgfault',
  'pgmajfault',
] as const;

const V1_STAT = [
  'total_rss',
  'total_cache',
  'total_shmem',
  'total_mapped_file',
  'total_dirty',
  'total_writeback',
  'total_swap',
  'total_inactive_file',
  'total_active_file',
  'total_workingset_refault_anon',
  'total_workingset_refault_file',
  'total_pgfault',
  'total_pgmajfault',
] as const;

function workingSet(current: number | undefined, inactiveFile: number | undefined): number | undefined {
  return current === undefined || inactiveFile === undefined ? undefined : Math.max(0, current - inactiveFile);
}

function number(files: InterfaceFiles, file: string): number | undefined {
  const buffer = files.read('memory', file);
  return buffer === undefined ? undefined : parseNumber(buffer);
}
