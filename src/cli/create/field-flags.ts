import type { FlagSpec } from '#src/cli/flags/flag.js';
import { CREATE_FLAGS } from './flags.js';

/**
 * The flag that sets an API field (`limits.memory.max` or `memory.max` → `memory`, `mounts[0].target` → `mount`), or undefined.
 * The longest field that is the path or a parent of it wins; of two flags for one field that which was given (`given`: parsed flags).
 */
export function flagOfField(field: string, given: Readonly<Record<string, unknown>> = {}): string | undefined {
  const wasGiven = (flag: string): boolean => given[flag] !== undefined;
  const path = field.replace(/^limits\./, '').replace(/[[(].*$/, '');
  let best: { flag: string; length: number } | undefined;
  for (const [flag, spec] of Object.entries<FlagSpec>(CREATE_FLAGS)) {
    const covers = spec.field !== undefined && (path === spec.field || path.startsWith(`${spec.field}.`));
    if (!covers) continue;
    const length = spec.field!.length;
    const better =
      best === undefined || length > best.length || (length === best.length && wasGiven(flag) && !wasGiven(best.flag));
    if (better) best = { flag, length };
  }
  return best?.flag;
}
