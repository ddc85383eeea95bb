import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { filterContainers } from '#src/cli/ps-filter.js';

const view = {
  id: 'abc123',
  name: 'web-1',
  image: 'host:',
  labels: { tier: 'web', eq: 'a=b' },
  state: { status: 'exited', exitCode: 3 },
} as unknown as ContainerView;

for (const [filters, matches] of [
  [[], true],
  [['name=web'], true],
  [['name=db'], false],
  [['name=db', 'name=web'], true],
  [['id=abc'], true],
  [['id=bc1'], false],
  [['label=tier'], true],
  [['label=tier=web', 'label=eq=a=b'], true],
  [['label=tier=web', 'label=other'], false],
  [['status=exited'], true],
  [['status=paused'], false],
  [['exited=3'], true],
  [['exited=0'], false],
  [['ancestor=host:', 'name=web'], true],
] as [string[], boolean][]) {
  test(`ps --filter ${filters.join(' ')}`, () => assert.equal(filterContainers(filters).matches(view), matches));
}

for (const filter of ['name', '=x', 'colour=red', 'status=asleep', 'toString=x']) {
  test(`no filter: ${filter}`, () => assert.throws(() => filterContainers([filter]), UsageError));
}
