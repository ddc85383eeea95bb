import type { CgroupMode } from '#test/support/requires.js';
import { environmentsNamed } from './environments.js';

const CLI = 'host only: about the command line; guests test the same acts without it';
const API = 'host only: the API over containers in memory, no kernel in it';
const STREAMS = 'host only: megabytes through pipes and sockets, the same on every kernel';
const SIZE = 'host only: hundreds of rounds, the same on every kernel';
const DAEMONS = 'host only: other runtimes, which make the same cgroups; guests find and govern those made by hand';
const AGENT_ONLY = "host only: the agent's own work, the same on every kernel";
const RECORDS = "host only: the agent's own records across restarts, the same on every kernel";

/** Integration files that all guests leave out, each with the reason its tests are counted under as skipped. */
const HOST_ONLY: Readonly<Record<string, string>> = {
  'agent-adopt': RECORDS,
  'agent-crash': SIZE,
  'agent-fuzz': SIZE,
  'agent-kill': RECORDS,
  'agent-leaks': AGENT_ONLY,
  'agent-sessions': AGENT_ONLY,
  'bpf-side-by-side': AGENT_ONLY,
  'bundle-agent': AGENT_ONLY,
  'drift-war': AGENT_ONLY,
  'eyes-churn': AGENT_ONLY,
  'history-tail-full': RECORDS,
  'agent-lock': RECORDS,
  'agent-restart': RECORDS,
  'api-agent': CLI,
  'bpf-cli': CLI,
  'api-errors': API,
  'api-events': API,
  'api-fuzz': API,
  'api-journal': API,
  'api-listen': API,
  'api-metrics': API,
  'api-pages': API,
  'api-read-only': API,
  'api-routes': API,
  'api-stats-stream': API,
  'api-streams': API,
  'api-usage': API,
  'client-complete': API,
  'client-docs': CLI,
  'cli-agent-start': CLI,
  'cli-config': CLI,
  'cli-errors': CLI,
  'cli-look': CLI,
  'cli-remote': CLI,
  'cli-show': CLI,
  'cli-streams': CLI,
  'cli-tty': CLI,
  'drift-agent': CLI,
  'discovery-crash': RECORDS,
  'discovery-podman': DAEMONS,
  'metrics-peers': DAEMONS,
  'discovery-runtimes': DAEMONS,
  freeze: CLI,
  'hostile-rootfs': CLI,
  'history-kill': RECORDS,
  journal: CLI,
  'journal-crash': RECORDS,
  'journal-disk-full': RECORDS,
  'no-leaks': SIZE,
  'plan-and-api': CLI,
  policies: CLI,
  'policies-crash': RECORDS,
  'policies-given': CLI,
  'policy-test': CLI,
  'private-directories': RECORDS,
  'prometheus-live': 'host only: a real Prometheus, about text that is the same on every kernel',
  prometheus: 'host only: promtool, about text that is the same on every kernel',
  observe: 'host only: what is told, the same on every kernel; guests run what it tells of',
  'rules-crash': RECORDS,
  'player-fuzz': 'host only: reads tapes, no kernel in it',
  rules: 'host only: which acts follow, and what is told of them; guests run rules-pressure and rules-foreign, which act',
  'run-isolation': CLI,
  'run-limits': CLI,
  'slow-clients': STREAMS,
  'shim-attach': STREAMS,
  'shim-frames': STREAMS,
  'shim-log': STREAMS,
  'shim-terminal': STREAMS,
  'spare-shim': 'host only: who waits for whom, the same on every kernel; what is launched so, guests run',
};

/** Why files do not run in every guest: what they are about is the same in all. */
const notHere = (about: string, same: string, guests: readonly string[]): string =>
  `not here: about ${about}, the same ${same}; the host and ${guests.join(' and ')} run it`;
const ANY_MODE = 'in every cgroup mode';
const AGENT_WORK = "the agent's own work";
const PROCESSES = 'processes, mounts and namespaces';
const TOLD_BY_BPF = 'what BPF programs tell, once it is known whose it is';

/** Files that do not run in every guest, for they take long: the guests each runs in, so that all take about as long. */
const SOME_GUESTS: readonly { guests: readonly string[]; about: string; same?: string; files: readonly string[] }[] = [
  {
    guests: ['v2-6.12'],
    about: AGENT_WORK,
    files: ['discovery-cgroups', 'discovery-found', 'rules-pressure'],
  },
  { guests: ['v2-6.1'], about: AGENT_WORK, files: ['rules-foreign', 'why'] },
  { guests: ['v1-6.1'], about: AGENT_WORK, files: ['why-foreign'] },
  {
    guests: ['hybrid-6.1'],
    about: AGENT_WORK,
    files: [
      'agent-lifecycle',
      'agent-limits',
      'agent-log-loss',
      'agent-races',
      'agent-storage',
      'eyes-foreign',
      'leaks',
      'run-config',
    ],
  },
  {
    guests: ['v2-6.1', 'v1-6.1', 'hybrid-6.1'],
    about: 'limits as people give them and read them, and which container a cgroup id is of',
    same: 'on every kernel of a cgroup mode',
    files: ['bpf-owners', 'limit-operations', 'limits-in-force'],
  },
  {
    guests: ['v2-6.12', 'v1-6.1'],
    about: "the files of v1's controllers and of v2's",
    same: 'on every kernel that has them, whether other hierarchies are mounted beside them',
    files: ['io-limits', 'metrics-kernel'],
  },
  { guests: ['v2-6.12'], about: 'writes that block, and their deadlines', files: ['blocking-writes'] },
  { guests: ['v2-6.12', 'v1-6.1'], about: TOLD_BY_BPF, files: ['bpf-figures', 'oom-told'] },
  { guests: ['v2-6.12'], about: TOLD_BY_BPF, files: ['bpf-trace'] },
  { guests: ['hybrid-6.1'], about: PROCESSES, files: ['run-hooks', 'run-mounts', 'run-process', 'run-rootfs'] },
  {
    guests: ['v2-6.1'],
    about: PROCESSES,
    files: [
      'namespaces',
      'player',
      'player-directories',
      'player-files',
      'player-hook',
      'player-init',
      'player-mounts',
      'player-rights',
      'processes',
      'shim',
      'shim-adopt',
      'shim-exec',
      'sockets',
      'stacked-disks',
    ],
  },
];

/** Files about a cgroup mode: where the host is of the guest's, it has run them. */
const OF_THE_MODE = ['bpf-owners', 'drift', 'limit-conditions', 'limit-operations', 'limits-in-force', 'sampler'];

/** Integration files that this guest leaves out on a host of this cgroup mode, each with the reason its tests are counted under as skipped. */
export function leftOutIn(environment: string, hostMode: CgroupMode): Readonly<Record<string, string>> {
  const elsewhere = SOME_GUESTS.filter(({ guests }) => !guests.includes(environment));
  const [guest] = environmentsNamed([environment]);
  const onHost = guest?.cgroup === hostMode ? OF_THE_MODE : [];
  return {
    ...Object.fromEntries(onHost.map((file) => [file, `not here: about cgroup ${hostMode}, which the host is and runs it on`])),
    ...HOST_ONLY,
    ...Object.fromEntries(
      elsewhere.flatMap(({ guests, about, same = ANY_MODE, files }) => files.map((file) => [file, notHere(about, same, guests)])),
    ),
  };
}

/** Fewer rounds of what is only repeated, and nothing that a test does not need. */
export const GUEST_ROUNDS: Readonly<Record<string, string>> = {
  TSGOV_TEST_AT_ONCE: '10',
  TSGOV_TEST_LEAK_ROUNDS: '5',
  TSGOV_TEST_LAUNCHES: '5',
  TSGOV_TEST_DRIFTS: '60',
  TSGOV_TEST_MEASURED: '6',
  TSGOV_TEST_MAPPERS: '6',
  /** Of agents whose tests are not about it: loading it takes a guest seconds. */
  TSGOV_BPF: 'off',
};
