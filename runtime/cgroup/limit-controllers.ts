import type { LimitController, LimitKey } from './controller.js';
import { cpu } from './cpu.js';
import { cpuset } from './cpuset.js';
import { hugetlb } from './hugetlb.js';
import { io } from './io.js';
import { memory } from './memory.js';
import { pids } from './pids.js';

/** Every controller that carries limits, by its slice of Limits, in the order limits are written: placement before amounts. */
export const LIMIT_CONTROLLERS: { readonly [K in LimitKey]: LimitController<K> } = { cpuset, cpu, memory, io, pids, hugetlb };

export const LIMIT_KEYS = Object.keys(LIMIT_CONTROLLERS) as LimitKey[];
