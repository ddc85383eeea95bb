import assert from 'node:assert/strict';
import type { LimitKey } from '#runtime/cgroup/controller.js';
import { LIMIT_CONTROLLERS } from '#runtime/cgroup/limit-controllers.js';
import type { Limits } from '#runtime/cgroup/limits.js';

type Version = 'v1' | 'v2';

/** What controllers are asked. */
interface Asked {
  limits: Limits;
  /** The limits in force; none when left out. */
  current?: Limits;
  /** Interface files this host lacks. */
  lacks?: readonly string[];
}

/** A question and the answer of each version: writes (`file=value`), or conditions (`field reason`). */
export interface LimitCase extends Asked {
  name: string;
  v1: readonly string[];
  v2: readonly string[];
}

/** Each case once a version, with what is wanted of it. */
export function inBothVersions(cases: readonly LimitCase[]) {
  return cases.flatMap(({ name, v1, v2, ...asked }) => [
    { name: `v1: ${name}`, version: 'v1' as const, asked, wanted: v1 },
    { name: `v2: ${name}`, version: 'v2' as const, asked, wanted: v2 },
  ]);
}

export function assertPlanned(version: Version, asked: Asked, wanted: readonly string[]): void {
  const writes = keysOf(asked).flatMap((key) => planOf(key, version, asked));
  assert.deepEqual(
    writes.map(({ file, value }) => `${file}=${value}`),
    wanted,
  );
}

export function assertConditions(version: Version, asked: Asked, wanted: readonly string[]): void {
  const found = keysOf(asked).flatMap((key) => conditionsOf(key, version, asked));
  assert.deepEqual(
    found.map(({ field, reason }) => `${field} ${reason}`),
    wanted,
  );
  for (const { message } of found) assert.ok(message.length > 20);
}

/** The writes that one controller plans. */
export function planOf<K extends LimitKey>(key: K, version: Version, { limits, current = {}, lacks = [] }: Asked) {
  type Slice = NonNullable<Limits[K]>;
  const has = (file: string) => !lacks.includes(file);
  return LIMIT_CONTROLLERS[key][version].plan(limits[key] as Slice, (current[key] ?? {}) as Slice, has);
}

function conditionsOf<K extends LimitKey>(key: K, version: Version, { limits, lacks = [] }: Asked) {
  const has = (file: string) => !lacks.includes(file);
  return LIMIT_CONTROLLERS[key][version].conditions(limits[key] as NonNullable<Limits[K]>, has);
}

function keysOf({ limits }: Asked): LimitKey[] {
  return Object.keys(limits) as LimitKey[];
}
