import type { ContainerView } from '#agent/contract/container.js';
import { UsageError } from './flags/usage-error.js';

type Test = (view: ContainerView, value: string) => boolean;

/** Filter key → whether a container has the value, Docker's meaning: names and ids by a part, labels as KEY or KEY=VALUE. */
const TESTS: Readonly<Record<string, Test>> = {
  id: (view, value) => view.id.startsWith(value),
  name: (view, value) => view.name.includes(value),
  label: (view, value) => {
    const [key, ...rest] = value.split('=');
    return key! in view.labels && (rest.length === 0 || view.labels[key!] === rest.join('='));
  },
  status: (view, value) => view.state.status === (value === 'paused' ? 'frozen' : value),
  image: (view, value) => view.image === value,
  ancestor: (view, value) => view.image === value,
  exited: (view, value) => view.state.status === 'exited' && String(view.state.exitCode) === value,
};

const STATUSES = ['created', 'running', 'frozen', 'paused', 'exited', 'dead'];

/**
 * Reads `--filter KEY=VALUE` flags: values of one key are alternatives (labels must all be there), keys must all match. Throws
 * UsageError on an unknown key or status.
 */
export function filterContainers(filters: readonly string[]): { matches(view: ContainerView): boolean; asksStatus: boolean } {
  const byKey = new Map<string, string[]>();
  for (const filter of filters) {
    const equals = filter.indexOf('=');
    const key = filter.slice(0, Math.max(0, equals));
    const value = filter.slice(equals + 1);
    if (!Object.hasOwn(TESTS, key))
      throw new UsageError(
        `invalid filter ${JSON.stringify(filter)}: want KEY=VALUE, KEY one of ${Object.keys(TESTS).join(' ')}`,
      );
    if (key === 'status' && !STATUSES.includes(value))
      throw new UsageError(`invalid filter ${JSON.stringify(filter)}: want one of ${STATUSES.join(' ')}`);
    byKey.set(key, [...(byKey.get(key) ?? []), value]);
  }
  return {
    asksStatus: byKey.has('status') || byKey.has('exited'),
    matches: (view) =>
      [...byKey].every(([key, values]) => {
        const test = TESTS[key]!;
        return key === 'label' ? values.every((value) => test(view, value)) : values.some((value) => test(view, value));
      }),
  };
}
