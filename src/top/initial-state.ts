import type { Glyphs } from './charts/glyphs.js';
import type { Size } from './frame.js';
import { COLUMNS } from './overview/columns.js';
import type { Settings } from './settings.js';
import type { TopState } from './state.js';
import type { ThemeName } from './theme.js';

export interface Beginning {
  size: Size;
  glyphs: Glyphs;
  theme: ThemeName;
  nowMs: number;
  target: string;
  settings: Settings;
}

/** Before anything was told. */
export function initialState({ size, glyphs, theme, nowMs, target, settings }: Beginning): TopState {
  const remembered = settings.sort !== undefined && COLUMNS.some(({ name }) => name === settings.sort?.column);
  return {
    size,
    glyphs,
    theme,
    nowMs,
    target,
    connection: { kind: 'connecting' },
    paused: false,
    node: undefined,
    atMs: undefined,
    rows: new Map(),
    sparks: new Map(),
    events: [],
    overview: {
      order: [],
      cursor: undefined,
      top: 0,
      left: 0,
      marked: new Set(),
      filter: '',
      typing: false,
      sort: remembered ? settings.sort! : { column: 'cpu', reverse: false },
      focus: 'table',
      eventsUp: 0,
    },
    container: undefined,
    dialog: undefined,
    pending: [],
    notice: undefined,
    nextAct: 1,
    settings,
  };
}
