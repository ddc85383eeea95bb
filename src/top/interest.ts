import { containerInterest } from './container/interest.js';
import { tableRows } from './overview/arrange.js';
import { visibleColumns } from './overview/table-view.js';
import type { Interest } from './source.js';
import type { TopState } from './state.js';

/** What the screen shows now, and so wants to know. Pure. */
export function interestOf(state: TopState): Interest {
  const { overview, container, paused } = state;
  const container_ = container === undefined ? {} : { container: containerInterest(container) };
  return { ...container_, network: networkOf(state, overview), paused };
}

function networkOf(state: TopState, { order, top, sort }: TopState['overview']): Interest['network'] {
  if (state.container !== undefined) return [state.container.id];
  if (sort.column.startsWith('net-')) return 'all';
  const shown = visibleColumns(state).some(({ column }) => column.name.startsWith('net-'));
  return shown ? order.slice(top, top + tableRows(state)) : [];
}
