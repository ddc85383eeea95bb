import { rfc3339 } from '#agent/containers/clock.js';
import type { Container } from '#agent/containers/container.js';
import type { NodeContext } from '#agent/containers/context.js';
import type { Governed } from '#agent/containers/governed.js';
import { networkStats } from '#agent/containers/network-stats.js';
import { statusOf } from '#agent/containers/view.js';
import type { ContainerStatus } from '#agent/contract/container.js';
import type { NodeEyes } from '#agent/contract/eyes.js';
import type { ContainerSnapshot, Signals, Snapshot } from '#agent/contract/snapshot.js';
import type { ContainerUsage, UsageQuery, UsageView } from '#agent/contract/usage.js';
import type { Foreign } from '#agent/discovery/foreign.js';
import { isListed, statusOfForeign } from '#agent/discovery/foreign-view.js';
import { nodeUsage } from './node-usage.js';

export interface UsageOptions {
  context: Pick<NodeContext, 'registry' | 'others' | 'policies' | 'drift' | 'procRoot' | 'clock'>;
  hostname: string;
  /** The last tick's. */
  latest(): Snapshot | undefined;
}

/** Everything at once from what the last tick saw: no file of a container is read for it, but where its network is asked for. */
export function openUsage({ context, hostname, latest }: UsageOptions): NodeEyes['usage'] {
  return (query) => {
    const snapshot = latest();
    const seen = new Map(snapshot?.containers.map((each) => [each.id, each]));
    const asked = new Set(query.network === 'all' ? [] : query.network);
    const usageOf = (container: Governed, own: Owned): ContainerUsage => {
      const known = seen.get(container.id);
      return {
        id: container.id,
        name: container.name,
        ...own,
        policies: context.policies.verdict(container.policySubject()).names,
        drifts: context.drift.total(container.id),
        limits: known?.limits ?? {},
        signals: present(known?.signals ?? {}, query.signals),
        ...(query.network === 'all' || asked.has(container.id) ? networkOf(container, context.procRoot) : {}),
      };
    };
    return {
      time: rfc3339(context.clock.nowMs()),
      tickTime: snapshot === undefined ? null : rfc3339(snapshot.atMs),
      node: { hostname, ...nodeUsage(context.procRoot), ...nodeSignals(snapshot) },
      containers: [
        ...ownContainers(context, query).map((each) => usageOf(each, ownFacts(each, seen.get(each.id)))),
        ...foreignContainers(context, query).map((each) => usageOf(each, foreignFacts(each, seen.get(each.id)))),
      ],
    };
  };
}

type Owned = Pick<ContainerUsage, 'image' | 'runtime' | 'status' | 'restartCount'>;

function nodeSignals(snapshot: Snapshot | undefined): Pick<UsageView['node'], 'busyCores' | 'signals'> {
  if (snapshot === undefined) return { signals: {} };
  const { busyCores, signals } = snapshot.node;
  return { signals: present(signals), ...(busyCores === undefined ? {} : { busyCores }) };
}

function ownContainers({ registry }: UsageOptions['context'], { runtimes }: UsageQuery): Container[] {
  return runtimes === 'all' || runtimes.includes('tsgov') ? registry.all() : [];
}

function foreignContainers({ others }: UsageOptions['context'], { runtimes }: UsageQuery): Foreign[] {
  if (others === undefined || (runtimes !== 'all' && runtimes.every((runtime) => runtime === 'tsgov'))) return [];
  return others.all().filter((each) => (runtimes === 'all' || runtimes.includes(each.runtime)) && isListed(each));
}

/** The tick knows whether it is frozen: the kernel is not asked again. */
function ownFacts(container: Container, known: ContainerSnapshot | undefined): Owned {
  const { image, restartCount, state } = container.record;
  const running = state.phase === 'running' && known !== undefined;
  return { image, runtime: 'tsgov', restartCount, status: running ? liveStatus(known) : statusOf(container) };
}

function foreignFacts(foreign: Foreign, known: ContainerSnapshot | undefined): Owned {
  const status = known === undefined ? statusOfForeign(foreign) : liveStatus(known);
  return { image: foreign.facts?.image ?? '', runtime: foreign.runtime, restartCount: 0, status };
}

function liveStatus({ frozen }: ContainerSnapshot): ContainerStatus {
  return frozen ? 'frozen' : 'running';
}

function networkOf({ pid }: Governed, procRoot: string): Pick<ContainerUsage, 'network'> {
  const all = pid === undefined ? [] : networkStats(procRoot, pid);
  // Not even loopback: it is in the network of the node.
  if (all.length === 0) return {};
  const outside = all.filter((each) => each.interface !== 'lo');
  const sum = (key: 'receiveBytes' | 'transmitBytes') => outside.reduce((total, each) => total + each[key], 0);
  return { network: { receiveBytes: sum('receiveBytes'), transmitBytes: sum('transmitBytes') } };
}

/** A host without a figure says so by its absence. */
function present(signals: Signals, wanted: readonly string[] = Object.keys(signals)): Record<string, number> {
  const values: Record<string, number> = {};
  for (const name of wanted) {
    const value = signals[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}
