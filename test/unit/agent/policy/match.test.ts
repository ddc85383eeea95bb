import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyMatch } from '#agent/contract/policy-match.js';
import { policyMatches } from '#agent/policy/match.js';

const subject = {
  name: 'batch-7',
  image: 'registry/team/etl:2',
  labels: { tier: 'batch', zone: '' },
  runtime: 'docker',
  cgroup: '/system.slice/etl.service',
};

const TABLE: readonly (readonly [PolicyMatch, boolean])[] = [
  [{ name: '*' }, true],
  [{ name: 'batch-*' }, true],
  [{ name: ['web-*', 'batch-*'] }, true],
  [{ name: ['web-*', 'db-*'] }, false],
  [{ image: '*etl*' }, true],
  [{ runtime: ['tsgov', 'docker'] }, true],
  [{ runtime: 'tsgov' }, false],
  [{ label: { tier: 'batch' } }, true],
  [{ label: { tier: ['web', 'b*'] } }, true],
  [{ label: { tier: 'batch', zone: '*' } }, true],
  [{ label: { tier: 'batch', team: '*' } }, false],
  [{ label: { toString: '*' } }, false],
  [{ cgroup: '/system.slice/*.service' }, true],
  [{ cgroup: '/*.service' }, false],
  [{ cgroup: '/**.service' }, true],
  [{ name: 'batch-*', runtime: 'tsgov' }, false],
  [{ name: 'batch-*', image: '*etl*', label: { tier: 'batch' }, runtime: 'docker', cgroup: '/system.slice/*' }, true],
];
for (const [match, expected] of TABLE)
  test(`${JSON.stringify(match)}: ${expected}`, () => {
    assert.equal(policyMatches(match, subject), expected);
  });
