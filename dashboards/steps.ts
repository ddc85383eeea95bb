import type { Step } from './panels.js';

/** Part of the time in which something waited. */
export const PRESSURE: readonly Step[] = [
  [null, 'green'],
  [0.1, 'yellow'],
  [0.4, 'red'],
];

/** Part of what there is that is in use. */
export const SHARE: readonly Step[] = [
  [null, 'green'],
  [0.8, 'yellow'],
  [0.95, 'red'],
];

/** Of the periods of a CPU quota, those it ran out in. */
export const THROTTLED: readonly Step[] = [
  [null, 'green'],
  [0.05, 'yellow'],
  [0.25, 'red'],
];

/** What should not happen at all. */
export const NONE: readonly Step[] = [
  [null, 'green'],
  [1, 'red'],
];
