import type { TopState } from '#src/top/state.js';
import { arranged } from './arrange.js';

/** A key while the filter is typed. Pure. */
export function pressFilter(state: TopState, key: string): TopState {
  const { filter } = state.overview;
  switch (key) {
    case 'enter':
    case 'tab':
    case 'down':
    case 'up':
      return changed(state, { typing: false });
    case 'escape':
      return arranged(changed(state, { typing: false, filter: '' }));
    case 'backspace':
      return arranged(changed(state, filter === '' ? { typing: false } : { filter: [...filter].slice(0, -1).join('') }));
    case 'C-u':
      return arranged(changed(state, { filter: '' }));
    case 'C-w':
      return arranged(changed(state, { filter: filter.trimEnd().replace(/\S+$/, '') }));
    case 'space':
      return arranged(changed(state, { filter: `${filter} ` }));
    default:
      return [...key].length === 1 ? arranged(changed(state, { filter: filter + key })) : state;
  }
}

function changed(state: TopState, change: Partial<TopState['overview']>): TopState {
  return { ...state, overview: { ...state.overview, ...change } };
}
