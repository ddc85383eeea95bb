import type { Condition, ContainerView } from '#agent/contract/container.js';
import type { HardwareView, HostFeature, NodeView } from '#agent/contract/node.js';
import { type CgroupHost, carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { CONTROLLERS } from '#runtime/cgroup/controller.js';
import type { NodeFacts } from './host-facts.js';

/** What of the agent itself /v1/node shows. */
export interface AgentFacts {
  version: string;
  root: string;
  state: string;
  cgroupParent: string;
  socket: string;
  listen: string | null;
  pid: number;
  /** RFC 3339. */
  startedAt: string;
}

export interface NodeSources {
  facts: NodeFacts;
  cgroups: CgroupHost;
  /** Known once the API listens, hence asked each time. */
  agent: () => AgentFacts;
  containers: () => ContainerView[];
  /** Probed once, at the first request, which waits for it. */
  features: () => Promise<HostFeature[]>;
  /** Read at each request: disks come and go. */
  hardware: () => HardwareView;
  /** What an operator should know now. */
  conditions: () => Condition[];
}

/** The function behind `GET /v1/node`. A probe that fails is tried again at the next request. */
export function nodeViewer(sources: NodeSources): () => Promise<NodeView> {
  let features: Promise<HostFeature[]> | undefined;
  return async () => {
    features ??= sources.features().catch((error) => {
      features = undefined;
      throw error;
    });
    const agent = sources.agent();
    const { cgroups } = sources;
    return {
      version: agent.version,
      ...sources.facts,
      hardware: sources.hardware(),
      cgroup: {
        mode: cgroups.mode,
        controllers: Object.fromEntries(CONTROLLERS.map((name) => [name, carrierVersion(cgroups, name) ?? 'none'])),
        parent: agent.cgroupParent,
      },
      root: agent.root,
      state: agent.state,
      listen: agent.listen,
      socket: agent.socket,
      pid: agent.pid,
      startedAt: agent.startedAt,
      containers: countOf(sources.containers()),
      features: await features,
      conditions: sources.conditions(),
    };
  };
}

function countOf(views: readonly ContainerView[]): NodeView['containers'] {
  const running = views.filter((view) => view.state.status === 'running').length;
  const frozen = views.filter((view) => view.state.status === 'frozen').length;
  return { total: views.length, running, frozen, stopped: views.length - running - frozen };
}
