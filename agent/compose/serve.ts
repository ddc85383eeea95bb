import { join } from 'node:path';
import { peerReader } from '#agent/api/peer.js';
import { type RunningApi, startApi } from '#agent/api/server.js';
import type { TickFeed } from '#agent/api/tick-feed.js';
import { latencyReader } from '#agent/bpf/latency.js';
import { rfc3339 } from '#agent/containers/clock.js';
import { whyBackend } from '#agent/containers/why.js';
import { openEyes } from '#agent/eyes/open-eyes.js';
import { openUsage } from '#agent/eyes/usage.js';
import { createMetrics } from '#agent/metrics/metrics.js';
import type { TickSource } from '#agent/metrics/writers/ticks.js';
import { probeFeatures } from '#agent/node/features.js';
import { readHardware } from '#agent/node/hardware.js';
import { readNodeFacts } from '#agent/node/host-facts.js';
import { nodeViewer } from '#agent/node/node-view.js';
import { realProbeHost } from '#agent/node/real-host.js';
import { pageFiles } from '#agent/page/page-files.js';
import { policyBackend } from '#agent/policy/backend.js';
import { fileConditions } from '#agent/policy/file-conditions.js';
import { journaledPolicies } from '#agent/policy/journaled-backend.js';
import { policyTester } from '#agent/replay/policy-test.js';
import { loadNsfs } from '#native/nsfs.js';
import { loadReadInRoot } from '#native/open-in-root.js';
import type { AgentOptions } from './agent-options.js';
import type { FirstLook } from './first-look.js';
import type { Machine } from './machine.js';
import type { GovernedNode, Places } from './open-node.js';

export interface ServeOptions {
  machine: Machine;
  options: AgentOptions;
  places: Places;
  node: GovernedNode;
  /** Until it is over, what is asked about everybody's containers waits. */
  look: FirstLook;
  ticks: TickSource;
  /** Told at the end of each tick. */
  feed: TickFeed;
  startedAtMs: number;
  onFault: (error: unknown) => void;
}

const DEFAULT_GRACE_MS = 300_000;

/** Answers the API about this node; rejects as startApi does. */
export async function serve({
  machine,
  options,
  places,
  node,
  look,
  ticks,
  feed,
  startedAtMs,
  onFault,
}: ServeOptions): Promise<RunningApi> {
  const { procRoot, sysRoot, etcRoot, clock } = machine;
  const { containers, cgroups, kept } = node;
  const { backend } = containers;
  const { root, state, cgroupParent } = places;
  const socket = join(state, 'tsgov.sock');
  const facts = readNodeFacts({ procRoot, etcRoot, machine: machine.machine });
  let listen: string | null = null;
  const graceMs = options.metrics?.graceMs ?? DEFAULT_GRACE_MS;
  const metrics = createMetrics({
    listed: containers.all,
    view: containers.view,
    sample: (id) => node.observer.sampleOf(id),
    kept: kept.figures,
    version: options.version,
    node: facts,
    procRoot,
    sysRoot,
    cgroupParent,
    drift: containers.drift,
    writes: cgroups.writes,
    labelAllow: options.metrics?.labelAllow ?? [],
    graceMs,
    clock,
    pause: machine.pause,
    onFault,
    ticks,
    bpf: node.bpf.figures,
    rules: node.ruleCounts,
    policies: node.policies,
  });
  node.deaths.listen((death) => metrics.noteDeath(death));
  // Of containers that ended under the agent before; what is wrong with the journal it tells by itself.
  kept.journal.deaths({ sinceMs: startedAtMs - graceMs, limit: 1000 }).then(
    ({ deaths }) => {
      for (const death of deaths.reverse()) metrics.noteDeath(death);
    },
    () => undefined,
  );
  const api = await startApi({
    backend,
    policies: journaledPolicies(
      policyBackend(node.policies, containers, cgroups.facts, () => node.observer.latest?.snapshot),
      (name) => node.policies.find(name),
      kept.journal,
    ),
    policyTests: policyTester({
      store: node.policies,
      path: join(root, 'history.db'),
      workerUrl: machine.worker('replay/worker.js'),
      handOn: () => kept.history.handOn(),
    }),
    journal: kept.journal,
    history: kept.history,
    why: whyBackend({
      backend,
      governed: containers.all,
      find: containers.find,
      watch: (window, asked) => node.observer.watch(window, asked),
      journal: kept.journal,
      clock,
    }),
    latency: latencyReader(node.bpf.figures, (ref) => backend.inspect(ref)),
    peerOf: peerReader(machine.syscalls),
    trace: node.bpf,
    ticks: feed,
    page: pageFiles(machine.page),
    eyes: openEyes({
      procRoot,
      etcRoot,
      nsfs: await loadNsfs(),
      readInRoot: await loadReadInRoot(),
      find: containers.find,
      all: containers.all,
      usage: openUsage({
        context: containers.context,
        hostname: facts.hostname,
        latest: () => node.observer.latest?.snapshot,
      }),
      clock,
      sleep: machine.sleep,
    }),
    node: nodeViewer({
      facts,
      cgroups,
      agent: () => ({
        version: options.version,
        root,
        state,
        cgroupParent,
        socket,
        listen,
        pid: machine.pid,
        startedAt: rfc3339(startedAtMs),
      }),
      containers: () => backend.list(),
      features: async () => probeFeatures(await realProbeHost(root)),
      hardware: () => readHardware({ procRoot, sysRoot }),
      conditions: () => [...kept.conditions(), ...fileConditions(node.policies.refused())],
    }),
    metrics,
    ready: () => look.isOver,
    found: look.over,
    version: options.version,
    clock,
    onFault,
    socketPath: socket,
    groupFile: join(etcRoot, 'group'),
    listen: options.listen,
    token: options.token,
    tls: options.tls,
    hostNames: [facts.hostname],
  });
  listen = api.addresses.listen;
  return api;
}
