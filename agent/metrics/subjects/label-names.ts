import { AgentError } from '#agent/contract/errors.js';
import { label } from '#agent/metrics/exposition.js';
import { globFault, globMatches } from '#agent/policy/glob.js';

/** Labels of containers that are allowed as labels of metrics, as they are found on those there are. */
export interface LabelNames {
  /** `,container_label_a="…",container_label_b="…"` of a container with these labels; the same names for all, empty where it has none. */
  of(labels: Readonly<Record<string, string>>): string;
}

/**
 * Names for the keys that `allow` (globs) lets through. What Prometheus does not allow in names becomes `_`; keys that so become one name
 * share it: of a container that has several of them the first in the order of their characters is told. Pure.
 */
export function labelNames(allow: readonly string[], containers: Iterable<Readonly<Record<string, string>>>): LabelNames {
  const keys = new Set(allow.filter((pattern) => !/[*?[\\]/.test(pattern)));
  const globs = allow.filter((pattern) => !keys.has(pattern));
  const seen = new Set<string>();
  if (globs.length > 0)
    for (const labels of containers)
      for (const key in labels) {
        if (seen.has(key)) continue;
        seen.add(key);
        if (globs.some((glob) => globMatches(glob, key))) keys.add(key);
      }
  const byName = new Map<string, string[]>();
  for (const key of [...keys].sort()) {
    const name = containerLabelName(key);
    byName.set(name, [...(byName.get(name) ?? []), key]);
  }
  const names = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    of: (labels) => {
      let text = '';
      for (const [name, from] of names) text += `,${label(name, firstOf(labels, from))}`;
      return text;
    },
  };
}

/** Throws CONFIG_INVALID for a glob that is none. */
export function checkLabelGlobs(allow: readonly string[]): void {
  for (const glob of allow) {
    const fault = globFault(glob);
    if (fault !== undefined)
      throw new AgentError('CONFIG_INVALID', `--metrics-label-allow: ${fault}`, { field: 'metrics.labelAllow' });
  }
}

/** `id="…",name="…",image="…"`, the labels of every series of a container. */
export function baseLabels(id: string, { name, image }: { name: string; image: string }): string {
  return `${label('id', id)},${label('name', name)},${label('image', image)}`;
}

/** A key of a container's label as a metric label: `container_label_` and what Prometheus allows in names. */
export function containerLabelName(key: string): string {
  return `container_label_${key.replace(/[^a-zA-Z0-9_]/g, '_')}`;
}

function firstOf(labels: Readonly<Record<string, string>>, keys: readonly string[]): string {
  for (const key of keys) if (Object.hasOwn(labels, key)) return labels[key] as string;
  return '';
}
