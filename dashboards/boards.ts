import { AGENT } from './agent.js';
import type { Board } from './board.js';
import { CONTAINER } from './container.js';
import { CONTAINERS } from './containers.js';
import { GOVERNOR } from './governor.js';
import { LATENCY } from './latency.js';
import { NODE } from './node.js';

/** Every dashboard. */
export const BOARDS: readonly Board[] = [NODE, CONTAINERS, CONTAINER, GOVERNOR, LATENCY, AGENT];
