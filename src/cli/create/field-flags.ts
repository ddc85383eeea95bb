import type { FlagSpec } from '#src/cli/flags/flag.js';
import { CREATE_FLAGS } from './flags.js';

/**
 * The flag that sets an API field (`limits.memory.max` or `memory.max` → `memory`, `mounts[0].target` → `mount`), or undefined.
 * The longest field that is the path or a parent of it wins.
 */
export function flagOfField(field: string): string | undefined {
  const path = field.replace(/^limits\./, '').replace(/[[(].*$/, '');
  let best: { flag: string; length: number } | undefined;
  for (const [flag, spec] of Object.entries<FlagSpec>(CREATE_FLAGS)) {
    const covers = spec.field !== undefined && (path === spec.field || path.startsWith(`${spec.field}.`));
    if (covers && (best === undefined || spec.field!.length > best.length)) best = { flag, length: spec.field!.length };
  }
  return best?.flag;
}
