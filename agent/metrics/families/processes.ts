import { label } from '#agent/metrics/exposition.js';
import { TASK_STATES } from '#agent/metrics/read/process-figures.js';
import { type Family, family, gauge } from './family.js';

export const PROCESSES: readonly Family[] = [
  gauge('container_processes', 'Processes in it.', 'cgroup.procs, of nested cgroups too', (s) => s.processes),
  gauge('container_threads', 'Threads in it.', 'pids.current', (s) => s.figures?.threads),
  gauge(
    'container_threads_max',
    'Most threads it may have; 0: no limit.',
    'pids.max',
    (s) => {
      if (s.container === undefined || s.limits.pids?.max === undefined) return undefined;
      return s.limits.pids.max === 'max' ? 0 : Number(s.limits.pids.max);
    },
    { full: true },
  ),
  gauge('container_file_descriptors', 'Files its processes have open.', '/proc/PID/fd', (s) => s.details?.openFiles, {
    full: true,
  }),
  gauge('container_sockets', 'Of these, sockets.', '/proc/PID/fd', (s) => s.details?.sockets, { full: true }),
  gauge(
    'container_health_state',
    "What its runtime's health check said: 1 healthy, 0 not (yet), -1: it has none.",
    "Docker's config.v2.json, Podman's healthcheck.log",
    (s) => s.health,
  ),
  family(
    {
      name: 'container_tasks_state',
      type: 'gauge',
      help: 'Tasks in this state.',
      source: '/proc/PID/task/TID/stat',
      full: true,
    },
    ['state'],
    ({ details }, emit) => {
      if (details !== undefined) for (const state of TASK_STATES) emit(details.states[state], label('state', state));
    },
  ),
];
