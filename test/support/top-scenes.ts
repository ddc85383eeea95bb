import type { Size } from '#src/top/frame.js';

/** Sizes every scene is looked at in. */
export const SCENE_SIZES: readonly Size[] = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
];

export interface Scene {
  readonly name: string;
  /** Keys (input.ts) that lead to it from the overview, and those that lead back; undefined: none do. */
  readonly keys: readonly string[];
  readonly back: readonly string[] | undefined;
  /** Something that is on this screen and on none before it. */
  readonly sign: RegExp;
}

/** What golden files show, one screen each. */
export const SCENES: readonly Scene[] = [
  { name: 'overview', keys: [], back: [], sign: /PRESSURE|pressure/ },
  { name: 'help', keys: ['?'], back: ['escape'], sign: /Leave, from anywhere/ },
  { name: 'filter', keys: ['/', 'd', 'b'], back: ['escape', 'escape', 'g'], sign: /filter: +db/ },
  { name: 'columns', keys: ['c'], back: ['escape'], sign: /\[x\] name/ },
  { name: 'limits-form', keys: ['L'], back: ['escape'], sign: /memory\.high +400/ },
  { name: 'container', keys: ['enter'], back: ['escape'], sign: /THROTTLED|throttled 91/ },
  { name: 'container-limits', keys: ['enter', '2'], back: ['escape'], sign: /What others changed/ },
  { name: 'container-processes', keys: ['enter', '3'], back: ['escape'], sign: /wkhtmltopdf/ },
  { name: 'container-latency', keys: ['enter', '4'], back: ['escape'], sign: /WAIT FOR A CPU/ },
  { name: 'container-why', keys: ['enter', '5'], back: ['escape'], sign: /To do: raise/ },
  { name: 'container-journal', keys: ['enter', '6'], back: ['escape'], sign: /drift-guard/ },
  { name: 'container-logs', keys: ['enter', '7'], back: ['escape'], sign: /orders\/1039/ },
  { name: 'container-namespaces', keys: ['enter', '8'], back: ['escape'], sign: /its own/ },
  { name: 'recorded', keys: ['<'], back: undefined, sign: /NOT NOW/ },
  { name: 'sort', keys: ['o', 'O'], back: undefined, sign: /▲/ },
];
