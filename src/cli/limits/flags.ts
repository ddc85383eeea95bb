import type { FlagTable } from '#src/cli/flags/flag.js';

/** The limit flags of run, create and limit: Docker's, then cgroup v2's own. */
export const LIMIT_FLAGS = {
  memory: {
    type: 'size-limit',
    short: 'm',
    value: 'bytes',
    help: 'Memory limit (memory.max); 0 or max for none',
    field: 'memory.max',
  },
  'memory-swap': {
    type: 'size-limit',
    value: 'bytes',
    help: 'Memory and swap together; -1 for unlimited swap; equal to --memory for no swap',
    field: 'memory.swap',
  },
  'memory-swap-max': { type: 'size-limit', value: 'bytes', help: 'Swap alone (memory.swap.max)' },
  'memory-reservation': {
    type: 'size-limit',
    value: 'bytes',
    help: 'Memory kept from reclaim while others have more (memory.low)',
  },
  'memory-low': {
    type: 'size-limit',
    value: 'bytes',
    help: 'The same as --memory-reservation (memory.low)',
    field: 'memory.low',
  },
  'memory-min': { type: 'size-limit', value: 'bytes', help: 'Memory never reclaimed (memory.min)', field: 'memory.min' },
  'memory-high': {
    type: 'size-limit',
    value: 'bytes',
    help: 'Memory above which it is throttled and reclaimed (memory.high)',
    field: 'memory.high',
  },
  'oom-group': { type: 'boolean', help: 'On an OOM kill, kill the whole container (memory.oom.group)', field: 'memory.oomGroup' },
  cpus: { type: 'amount-limit', value: 'decimal', help: 'Number of CPUs (cpu.max); 0 or max for no limit', field: 'cpu.max' },
  'cpu-period': { type: 'int', value: 'int', help: 'CPU CFS period in microseconds', field: 'cpu.period' },
  'cpu-quota': {
    type: 'int',
    value: 'int',
    help: 'CPU CFS quota in microseconds, 1000 at least; -1 for no limit',
    field: 'cpu.max',
  },
  'cpu-shares': { type: 'int', short: 'c', value: 'int', help: 'CPU shares (relative weight, 2 to 262144)', field: 'cpu.shares' },
  'cpu-weight': { type: 'int', value: 'int', help: 'CPU weight (cpu.weight, 1 to 10000)', field: 'cpu.weight' },
  'cpu-burst': {
    type: 'duration',
    value: 'duration',
    help: 'CPU time it may save up and use at once (cpu.max.burst), such as 50ms',
    field: 'cpu.burst',
  },
  'cpu-idle': { type: 'boolean', help: 'Run only when nothing else wants the CPU (cpu.idle)', field: 'cpu.idle' },
  'cpuset-cpus': { type: 'string', value: 'string', help: 'CPUs it may run on (0-3, 0,1)', field: 'cpuset.cpus' },
  'cpuset-mems': { type: 'string', value: 'string', help: 'Memory nodes it may use (0-3, 0,1)', field: 'cpuset.mems' },
  'cpuset-partition': {
    type: 'string',
    value: 'member|root|isolated',
    help: 'Whether its CPUs are its own (cpuset.cpus.partition)',
    field: 'cpuset.partition',
  },
  'pids-limit': {
    type: 'number-limit',
    value: 'int',
    help: 'Number of processes and threads (pids.max); 0 or -1 for no limit',
    field: 'pids.max',
  },
  'blkio-weight': {
    type: 'int',
    value: 'uint16',
    help: 'Block IO weight (relative weight, 10 to 1000)',
    field: 'io.blkioWeight',
  },
  'io-weight': { type: 'int', value: 'int', help: 'IO weight (io.weight, 1 to 10000)', field: 'io.weight' },
  'device-read-bps': {
    type: 'list',
    value: 'list',
    help: 'Read rate from a device, bytes per second: PATH:RATE; any path on the device',
  },
  'device-write-bps': { type: 'list', value: 'list', help: 'Write rate to a device, bytes per second: PATH:RATE' },
  'device-read-iops': { type: 'list', value: 'list', help: 'Read rate from a device, IO per second: PATH:RATE' },
  'device-write-iops': { type: 'list', value: 'list', help: 'Write rate to a device, IO per second: PATH:RATE' },
  'device-latency': {
    type: 'list',
    value: 'list',
    help: 'Latency a device is to keep, others being slowed down for it (io.latency): PATH:DURATION, such as /:10ms',
  },
} as const satisfies FlagTable;
