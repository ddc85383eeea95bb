import type { DeathPage } from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import { defined } from '#src/cli/defined.js';
import { figuresOf, nodePressure } from '#src/top/figures.js';
import type { NodeFigures, Row } from '#src/top/rows.js';
import { restartsThen } from './restarts-then.js';

/** A recorded moment as the overview shows it, with the ends until then. What is not recorded is left out: swap of the node, drift, policies. Pure. */
export function momentRows(
  view: MomentView,
  hostname: string,
  deaths: DeathPage,
): { atMs: number; node: NodeFigures; rows: Row[] } {
  const { signals, cpus, busyCores, memTotalBytes } = view.node;
  const available = signals['node.memory.available'];
  return {
    atMs: Date.parse(view.at),
    node: {
      hostname,
      cpus,
      coresPercent: [],
      ...(busyCores === undefined ? {} : { busyCores }),
      memoryTotalBytes: memTotalBytes,
      ...(available === undefined ? {} : { memoryUsedBytes: Math.round(memTotalBytes * (1 - available / 100)) }),
      ...nodePressure(signals),
    },
    rows: view.containers.map(({ id, name, image, runtime, frozen, limits, signals: figures }) => ({
      ...defined({ restarts: restartsThen(deaths, { id, runtime }, view.at) }),
      id,
      name,
      image,
      runtime,
      status: frozen ? 'frozen' : 'running',
      policies: [],
      figures: figuresOf(figures, limits),
    })),
  };
}
