import type { ContainerView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import { RUNTIMES } from '#agent/contract/runtimes.js';
import { wordsOf } from './query.js';

export interface ContainerFilter {
  status?: string | string[];
  name?: string | string[];
  label?: string | string[];
}

const STATUSES = ['created', 'running', 'frozen', 'exited', 'dead'];

/**
 * Which containers a list asks for: any of the statuses, any of the names (globs with `*` and `?`), all of the labels (`key` or
 * `key=value`). Throws BODY_INVALID on a status that is none.
 */
export function containerFilter(query: ContainerFilter): (view: ContainerView) => boolean {
  const statuses = wordsOf(query.status);
  for (const status of statuses) {
    if (STATUSES.includes(status)) continue;
    throw new AgentError('BODY_INVALID', `status must be one of ${STATUSES.join(', ')}, not ${JSON.stringify(status)}`, {
      field: 'status',
    });
  }
  const names = wordsOf(query.name).map(globToRegExp);
  // A label's value may hold a comma, so labels are given one a parameter.
  const labels = (Array.isArray(query.label) ? query.label : query.label === undefined ? [] : [query.label]).map(splitLabel);
  return (view) =>
    (statuses.length === 0 || statuses.includes(view.state.status)) &&
    (names.length === 0 || names.some((name) => name.test(view.name))) &&
    labels.every(({ key, value }) => (value === undefined ? Object.hasOwn(view.labels, key) : view.labels[key] === value));
}

/** Whose containers a list asks for; tsgov's unless told. Throws BODY_INVALID on a runtime that is none. */
export function runtimesOf(value: string | string[] | undefined): string[] | 'all' {
  const words = wordsOf(value);
  if (words.includes('all')) return 'all';
  const wrong = words.find((word) => !RUNTIMES.some((runtime) => runtime === word));
  if (wrong === undefined) return words.length === 0 ? ['tsgov'] : words;
  throw new AgentError('BODY_INVALID', `runtime must be all or one of ${RUNTIMES.join(', ')}, not ${JSON.stringify(wrong)}`, {
    field: 'runtime',
  });
}

function globToRegExp(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function splitLabel(text: string): { key: string; value?: string } {
  const equals = text.indexOf('=');
  return equals === -1 ? { key: text } : { key: text.slice(0, equals), value: text.slice(equals + 1) };
}
