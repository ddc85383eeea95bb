import type { CgroupSample, MemoryStatReading } from '#agent/model/sample.js';
import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';
import { parseNumber } from '#runtime/cgroup/interface-file.js';

/** Memory in use, events and, more rarely, memory.stat. Sources: cgroup-v2.rst, cgroup-v1/memory.rst. */
export const memoryCollectors: CollectorsOf = (host) => {
  const version = carrierVersion(host, 'memory');
  if (version === undefined) return [];
  return version === 'v1'
    ? [
        current('memory.usage_in_bytes'),
        v1OomControl(),
        v1FailCount('memory.failcnt', (_before, count) => count),
        v1FailCount('memory.memsw.failcnt', (before = 0, count) => before + count),
        stat(V1_STAT),
      ]
    : [current('memory.current'), swapCurrent(), v2Events(), stat(V2_STAT)];
};

function current(file: string): Collector {
  return {
    owner: 'memory',
    file,
    pace: 'busy',
    signals: ['memory.current', 'memory.usage'],
    parse: (bytes, start, end, into) => {
      into.memoryBytes = parseNumber(bytes, start, end);
    },
  };
}

function swapCurrent(): Collector {
  return {
    owner: 'memory',
    file: 'memory.swap.current',
    pace: 'busy',
    signals: ['memory.swap.current'],
    parse: (bytes, start, end, into) => {
      into.swapBytes = parseNumber(bytes, start, end);
    },
  };
}

function v2Events(): Collector {
  const keyed = new FlatKeyed(['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill']);
  const values = new Float64Array(6);
  return {
    owner: 'memory',
    file: 'memory.events',
    pace: 'busy',
    signals: ['low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'].map((name) => `memory.events.${name}`),
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into.lowEvents = known(values[0]);
      into.highEvents = known(values[1]);
      into.maxEvents = known(values[2]);
      into.oomEvents = known(values[3]);
      into.oomKills = known(values[4]);
      into.oomGroupKills = known(values[5]);
    },
  };
}

function v1OomControl(): Collector {
  const keyed = new FlatKeyed(['oom_kill']);
  const values = new Float64Array(1);
  return {
    owner: 'memory',
    file: 'memory.oom_control',
    pace: 'busy',
    signals: ['memory.events.oom_kill'],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into.oomKills = known(values[0]);
    },
  };
}

/** Of memory alone and of memory and swap together: with no swap allowed it is the latter that is run into. */
function v1FailCount(file: string, sumOf: (before: number | undefined, count: number) => number): Collector {
  return {
    owner: 'memory',
    file,
    pace: 'asked',
    signals: ['memory.events.max'],
    parse: (bytes, start, end, into) => {
      into.maxEvents = sumOf(into.maxEvents, parseNumber(bytes, start, end));
    },
  };
}

/** memory.stat's key of each figure; v1's `total_` keys count nested cgroups as v2 always does. Empty: it has none. */
type StatKeys = Readonly<Record<Exclude<keyof MemoryStatReading, 'monotonicMs' | 'usedBytes' | 'refaults'>, string>>;

const V2_STAT: StatKeys = {
  anonBytes: 'anon',
  fileBytes: 'file',
  mappedFileBytes: 'file_mapped',
  activeFileBytes: 'active_file',
  inactiveFileBytes: 'inactive_file',
  swapBytes: '',
  kernelBytes: 'kernel',
  unevictableBytes: 'unevictable',
  refaultsAnon: 'workingset_refault_anon',
  refaultsFile: 'workingset_refault_file',
  pagesScanned: 'pgscan',
  pagesReclaimed: 'pgsteal',
  pageFaults: 'pgfault',
  majorFaults: 'pgmajfault',
  ownPageFaults: '',
  ownMajorFaults: '',
};

const V1_STAT: StatKeys = {
  anonBytes: 'total_rss',
  fileBytes: 'total_cache',
  mappedFileBytes: 'total_mapped_file',
  activeFileBytes: 'total_active_file',
  inactiveFileBytes: 'total_inactive_file',
  swapBytes: 'total_swap',
  kernelBytes: '',
  unevictableBytes: 'total_unevictable',
  refaultsAnon: 'total_workingset_refault_anon',
  refaultsFile: 'total_workingset_refault_file',
  pagesScanned: '',
  pagesReclaimed: '',
  pageFaults: 'total_pgfault',
  majorFaults: 'total_pgmajfault',
  ownPageFaults: 'pgfault',
  ownMajorFaults: 'pgmajfault',
};

function stat(keys: StatKeys): Collector {
  const names = Object.keys(keys) as (keyof StatKeys)[];
  const keyed = new FlatKeyed(names.map((name) => keys[name]));
  const values = new Float64Array(names.length);
  // Looked up once: this is the hot path.
  const at = Object.fromEntries(names.map((name, index) => [name, index])) as Record<keyof StatKeys, number>;
  const of = (index: number): number | undefined => known(values[index]);
  return {
    owner: 'memory',
    file: 'memory.stat',
    pace: 'slow',
    signals: [
      'memory.anon',
      'memory.file',
      'memory.refaults',
      'memory.scans',
      ...(keys.swapBytes === '' ? [] : ['memory.swap.current']),
    ],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      const [refaultsAnon, refaultsFile] = [of(at.refaultsAnon), of(at.refaultsFile)];
      const reading: MemoryStatReading = {
        monotonicMs: into.monotonicMs,
        usedBytes: into.memoryBytes,
        anonBytes: of(at.anonBytes),
        fileBytes: of(at.fileBytes),
        mappedFileBytes: of(at.mappedFileBytes),
        activeFileBytes: of(at.activeFileBytes),
        inactiveFileBytes: of(at.inactiveFileBytes),
        swapBytes: of(at.swapBytes),
        kernelBytes: of(at.kernelBytes),
        unevictableBytes: of(at.unevictableBytes),
        refaults: sum(refaultsAnon, refaultsFile),
        refaultsAnon,
        refaultsFile,
        pagesScanned: of(at.pagesScanned),
        pagesReclaimed: of(at.pagesReclaimed),
        pageFaults: of(at.pageFaults),
        majorFaults: of(at.majorFaults),
        ownPageFaults: of(at.ownPageFaults),
        ownMajorFaults: of(at.ownMajorFaults),
      };
      push(into, reading);
    },
  };
}

function push(into: CgroupSample, reading: MemoryStatReading): void {
  into.memoryStatBefore = into.memoryStat;
  into.memoryStat = reading;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0);
}

function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
